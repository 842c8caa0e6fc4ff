import { createConformance, recordedCases } from "../test/amazon-states/conformance.ts";
import { knownDifferences } from "../test/amazon-states/conformance-known.ts";

/**
 * `npm run conformance:amazon-states [file]`: runs each recorded execution on the module that its definition is compiled
 * to, and prints how many come out as with AWS, in all and by construct. Exit code 1 where one differs that is not listed,
 * where one is listed that does not differ, or where the recordings are missing.
 */
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const file = process.argv[2];
const cases = recordedCases(file);

if (cases === null) {
  process.stderr.write("There are no recorded executions. Give a file: npm run conformance:amazon-states -- FILE\n");
  process.exitCode = 1;
} else {
  const known = new Set(knownDifferences.flatMap((group) => group.cases));
  const conformance = await createConformance();
  const constructs = new Map<string, { passed: number; all: number }>();
  const failures: string[] = [];
  const repeated: string[] = [];
  let passed = 0;
  for (const test of cases) {
    const difference = await conformance.run(test);
    if (difference === null) passed++;
    if (difference === null && known.has(test.id)) repeated.push(test.id);
    if (difference !== null && !known.has(test.id)) failures.push(`${test.id}\n    ${difference.slice(0, 600)}`);
    for (const construct of [...test.uses, test.query_language]) {
      const row = constructs.get(construct) ?? { passed: 0, all: 0 };
      row.all++;
      if (difference === null) row.passed++;
      constructs.set(construct, row);
    }
  }
  await conformance.close();
  for (const [name, row] of [...constructs].sort(([, left], [, right]) => right.all - left.all))
    say(`${String(row.passed).padStart(5)} of ${String(row.all).padStart(4)}  ${name}`);
  say("\nKnown differences");
  for (const { reason, cases: listed } of knownDifferences) say(`${String(listed.length).padStart(5)}  ${reason}`);
  if (repeated.length > 0) say(`\nListed as different, but the same\n${repeated.join("\n")}`);
  if (failures.length > 0) say(`\nDifferent, and not listed\n${failures.join("\n")}`);
  say(`\n${passed} of ${cases.length} executions as AWS recorded them`);
  process.exitCode = failures.length + repeated.length > 0 ? 1 : 0;
}
