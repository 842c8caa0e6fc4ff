import { conformanceTests, createConformance, leftOut, leftOutReason } from "../test/expressions/cel-conformance.ts";
import { knownDifferences } from "../test/expressions/cel-conformance-known.ts";

/**
 * `npm run conformance:cel`: the conformance data of CEL against our own, by suite: how many tests pass, how many differ
 * for a reason that is listed, and how many are left out. Exit code 1 where one fails that is not listed.
 */
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Row {
  passed: number;
  known: number;
  failed: number;
  leftOut: number;
}

const known = new Set(knownDifferences.flatMap((group) => group.tests));
const conformance = createConformance();
const rows = new Map<string, Row>();
const total: Row = { passed: 0, known: 0, failed: 0, leftOut: 0 };
const failures: string[] = [];

for (const test of conformanceTests()) {
  const row = rows.get(test.suite) ?? { passed: 0, known: 0, failed: 0, leftOut: 0 };
  rows.set(test.suite, row);
  let column: keyof Row = "leftOut";
  if (leftOutReason(test) === undefined) {
    const { passed, found } = await conformance.run(test);
    column = passed ? "passed" : known.has(test.id) ? "known" : "failed";
    if (column === "failed") failures.push(`${test.id}: ${test.expression}\n    gave ${found}`);
  }
  row[column]++;
  total[column]++;
}

const width = Math.max(...[...rows.keys()].map((name) => name.length));
const line = (name: string, columns: readonly (string | number)[]): void =>
  say(`${name.padEnd(width)}${columns.map((column) => String(column).padStart(10)).join("")}`);

line("suite", ["passed", "known", "failed", "left out"]);
for (const [name, row] of [...rows, ["all", total] as const])
  line(name, [row.passed, row.known, row.failed, row.leftOut]);
say("\nKnown differences");
for (const { reason, tests } of knownDifferences) say(`${String(tests.length).padStart(5)}  ${reason}`);
say("\nLeft out");
for (const [name, reason] of leftOut) say(`       ${name}: ${reason}`);
if (failures.length > 0) say(`\nFailures\n${failures.join("\n")}`);
process.exitCode = failures.length > 0 ? 1 : 0;
