import * as fc from "fast-check";
import { query } from "json-p3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { documents, type PathPart, paths } from "./jsonpath-paths.ts";
import { createLoader, type LoadedModule, type Loader } from "./running.ts";

/**
 * Paths in compiled modules against json-p3, which is written to RFC 9535, on random paths and documents. AWS's dialect is
 * Jayway's, and differs in ways that are told here:
 * - a path that selects one place fails where there is nothing, but for an item beyond the end of an array, which is null;
 * - several names at the end of a path give one object of what is there, not a list of values;
 * - a filter tests the items of an array, and of an object the object itself: RFC 9535 tests the members of an object. Such
 *   pairs are left out;
 * - a number equals its text, and `@` alone is never a string or number: the random filters have neither.
 */
const samples = { paths: 150, documents: 25, seed: 20_261_122 };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

type Json = Parameters<typeof query>[1];

function nodes(parts: readonly PathPart[], data: unknown): readonly unknown[] {
  return query(`$${parts.map(({ rfc }) => rfc).join("")}`, data as Json).values();
}

/** What AWS makes of a path: a value, a failure, or null where the dialects cannot be compared. */
function expected(parts: readonly PathPart[], data: unknown): string | null {
  const meetsObject = parts.some(({ kind }, at) => kind === "filter" && nodes(parts.slice(0, at), data).some(isRecord));
  if (meetsObject) return null;
  const last = parts.at(-1);
  const before = parts.slice(0, -1);
  const isDefinite = (of: readonly PathPart[]): boolean => of.every(({ kind }) => kind === "one");
  if (last?.names !== undefined) {
    const objects = nodes(before, data).filter(isRecord);
    const picked = objects.map((object) => JSON.stringify(pick(object, last.names ?? [])));
    if (!isDefinite(before)) return `value [${picked.join()}]`;
    return picked[0] === undefined ? "failure" : `value ${picked[0]}`;
  }
  const found = nodes(parts, data);
  if (!isDefinite(parts)) return `value ${JSON.stringify(found)}`;
  if (found.length > 0) return `value ${JSON.stringify(found[0])}`;
  const isBeyond = /\d/.test(last?.rfc ?? "") && nodes(before, data).some(Array.isArray);
  return isBeyond ? "value null" : "failure";
}

function pick(object: Record<string, unknown>, names: readonly string[]): unknown {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name]]));
}

/** A state machine that reads the path with the number that it is given. */
function machineOf(all: readonly (readonly PathPart[])[]): unknown {
  const written = all.map((parts) => `$.data${parts.map(({ aws }) => aws).join("")}`);
  const states = written.map((path, at) => [`P${at}`, { Type: "Pass", Parameters: { "value.$": path }, End: true }]);
  const Choices = written.map((_, at) => ({ Variable: "$.at", NumericEquals: at, Next: `P${at}` }));
  return { StartAt: "Start", States: { Start: { Type: "Choice", Choices }, ...Object.fromEntries(states) } };
}

let compiler: TestCompiler;
let loader: Loader;
beforeAll(async () => {
  compiler = createTestCompiler();
  loader = await createLoader();
});
afterAll(async () => {
  compiler.close();
  await loader.close();
});

async function outcome(module: LoadedModule, at: number, data: unknown): Promise<string> {
  try {
    const { value } = (await module.run({ at, data }, {}, {})) as { value: unknown };
    return `value ${JSON.stringify(value)}`;
  } catch (error) {
    return error instanceof Error && error.name === "States.Runtime" ? "failure" : String(error);
  }
}

describe("JSONPath in compiled modules", () => {
  test("selects what an independent implementation selects", { timeout: 120_000 }, async () => {
    const all = fc.sample(paths, { numRuns: samples.paths, seed: samples.seed });
    const inputs = fc.sample(documents, { numRuns: samples.documents, seed: samples.seed });
    const module = await loader.load(compiler.artifactOf(JSON.stringify(machineOf(all)), "amazon-states"));
    const different: unknown[] = [];
    let compared = 0;
    let valued = 0;
    for (const [at, parts] of all.entries()) {
      for (const data of inputs) {
        const wanted = expected(parts, data);
        if (wanted === null) continue;
        compared++;
        if (!["failure", "value []", "value null"].includes(wanted)) valued++;
        const found = await outcome(module, at, data);
        if (found !== wanted)
          different.push({ path: parts.map(({ aws }) => aws).join(""), data: JSON.stringify(data), found, wanted });
      }
    }
    expect(different).toEqual([]);
    // As many comparisons as make it worth something, and enough of them with something found.
    expect(compared).toBeGreaterThan(2_000);
    expect(valued).toBeGreaterThan(200);
  });
});
