import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { createTestCompiler } from "../test/modules/compiler.ts";
import { definitions } from "../test/random/definitions.ts";
import { judge } from "../test/random/judge.ts";

/**
 * `npm run random [-- COUNT [SEED]]`: makes so many random definitions (default 1,000), half of each format, validates and
 * compiles them, a quarter of them for Temporal too, and prints what came of them. Exit code 1 where an answer was not as
 * it should be; the definition is then in a file.
 */
const count = Number(process.argv[2] ?? 1_000);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
if (!(Number.isSafeInteger(count) && count > 0 && Number.isSafeInteger(seed))) {
  process.stderr.write("usage: npm run random [-- COUNT [SEED]], two whole numbers\n");
  process.exit(2);
}
const compiler = createTestCompiler();
const say = (text: string): void => void process.stdout.write(`${text}\n`);

say(`seed ${seed}`);
const faults = runFormat("graph") + runFormat("amazon-states");
compiler.close();
process.exitCode = faults > 0 ? 1 : 0;

function runFormat(format: keyof typeof definitions): number {
  const codes = new Map<string, number>();
  let total = 0;
  let accepted = 0;
  let faults = 0;
  for (const text of fc.sample(definitions[format], { numRuns: Math.ceil(count / 2), seed })) {
    const verdict = judge(compiler, text, format);
    total++;
    if (verdict.fault !== "") reportFault(++faults, format, text, verdict.fault);
    else if (verdict.codes.length === 0) accepted++;
    for (const code of verdict.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  say(
    `\n${format}: ${total} definitions, ${accepted} accepted, ${total - accepted - faults} rejected, ${faults} faults`,
  );
  for (const [code, times] of [...codes].sort(([, a], [, b]) => b - a))
    say(`${String(times).padStart(7)} with ${code}`);
  return faults;
}

function reportFault(index: number, format: string, text: string, fault: string): void {
  const file = join(tmpdir(), `random-${format}-${seed}-${index}.json`);
  writeFileSync(file, text);
  say(`fault ${index} (${file}): ${fault.split("\n").slice(0, 6).join("\n  ")}`);
}
