import { describe, expect, test } from "vitest";
import { createConformance, recordedCases } from "./conformance.ts";
import { knownDifferences } from "./conformance-known.ts";

/**
 * A dozen of them, one of each kind: localstack/localstack, tests/aws/services/stepfunctions, Apache-2.0. They are here for
 * machines that do not have all.
 */
const sample = recordedCases(new URL("recordings.jsonl", import.meta.url)) ?? [];

/** As many as pass: one that is lost is a regression, whatever else is gained. */
const passing = 584;

describe("recorded executions of AWS", () => {
  const cases = recordedCases();

  test.runIf(cases !== null)(
    "come out of the compiled modules as they were recorded",
    { timeout: 240_000 },
    async () => {
      const known = new Set(knownDifferences.flatMap((group) => group.cases));
      const different = await differences(cases ?? []);
      expect(different.filter(([id]) => !known.has(id))).toEqual([]);
      expect([...known].filter((id) => !different.some(([found]) => found === id))).toEqual([]);
      expect((cases ?? []).length - different.length).toBeGreaterThanOrEqual(passing);
    },
  );

  test("of each kind, come out as they were recorded", { timeout: 60_000 }, async () => {
    expect(await differences(sample)).toEqual([]);
    expect(sample).toHaveLength(12);
  });
});

async function differences(cases: Parameters<typeof run>[1]): Promise<[string, string][]> {
  const conformance = await createConformance();
  try {
    return await run(conformance, cases);
  } finally {
    await conformance.close();
  }
}

async function run(
  conformance: Awaited<ReturnType<typeof createConformance>>,
  cases: NonNullable<ReturnType<typeof recordedCases>>,
): Promise<[string, string][]> {
  const different: [string, string][] = [];
  for (const one of cases) {
    const difference = await conformance.run(one);
    if (difference !== null) different.push([one.id, difference]);
  }
  return different;
}
