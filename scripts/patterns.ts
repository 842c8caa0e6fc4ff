/** Compiles and runs the examples of the 43 control-flow patterns and prints which of them pass. */
import { createTestCompiler, type TestCompiler } from "../test/modules/compiler.ts";
import { type Pattern, patterns } from "../test/patterns/patterns.ts";
import { codesOf, differenceOf, runPattern } from "../test/patterns/run.ts";

interface Verdict {
  readonly word: "pass" | "no" | "FAIL";
  readonly text: string;
}

async function verdictOf(compiler: TestCompiler, pattern: Pattern): Promise<Verdict> {
  const { refused, runs } = pattern;
  try {
    if (refused !== undefined) {
      const isTold = codesOf(compiler, pattern).includes(refused.code);
      return isTold
        ? { word: "no", text: `${refused.code}: ${refused.why}` }
        : { word: "FAIL", text: `its example is not refused with ${refused.code}` };
    }
    for (const run of runs) {
      const difference = differenceOf(run, await runPattern(compiler, pattern, run));
      if (difference !== null) return { word: "FAIL", text: `${run.shows}: ${difference}` };
    }
    return { word: "pass", text: runs.map(({ shows }) => shows).join("; ") };
  } catch (error) {
    return { word: "FAIL", text: error instanceof Error ? error.message : String(error) };
  }
}

const compiler = createTestCompiler();
const width = Math.max(...patterns.map(({ name }) => name.length));
const verdicts: Verdict[] = [];
for (const pattern of patterns) {
  const verdict = await verdictOf(compiler, pattern);
  verdicts.push(verdict);
  const { number, name } = pattern;
  process.stdout.write(
    `WCP-${String(number).padEnd(3)} ${name.padEnd(width)}  ${verdict.word.padEnd(4)}  ${verdict.text}\n`,
  );
}
compiler.close();
const count = (word: Verdict["word"]): number => verdicts.filter((one) => one.word === word).length;
process.stdout.write(`\n${count("pass")} pass, ${count("no")} cannot be had, ${count("FAIL")} fail\n`);
process.exitCode = count("FAIL") === 0 ? 0 : 1;
