import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `npm test`: every check of the repository, all of them even after a failure. The last line counts: tests one by one,
 * and each other check as one.
 */
const root = new URL("..", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "checks-"));
const report = join(scratch, "vitest.json");

interface Tally {
  passed: number;
  failed: number;
}

const steps: readonly {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly count?: () => Tally | null;
}[] = [
  { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "unused code and dependencies", command: ["knip"] },
  { name: "contract: style", command: ["buf", "lint"] },
  { name: "contract: compatibility", command: ["node", "scripts/breaking.ts"] },
  { name: "types", command: ["tsc", "--noEmit", "-p", "tsconfig.json"] },
  {
    name: "tests",
    command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    count: countTests,
  },
];

const total: Tally = { passed: 0, failed: 0 };
const failedSteps: string[] = [];
for (const { name, command, count } of steps) {
  const [program, ...args] = command;
  say(
    `\n== ${name}: ${program} ${args.filter((arg) => !arg.startsWith("--reporter") && !arg.startsWith("--outputFile")).join(" ")}`,
  );
  const started = performance.now();
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  const ok = status === 0;
  say(`== ${name}: ${ok ? "ok" : "FAILED"} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
  if (!ok) failedSteps.push(name);
  add(count?.() ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }, ok);
}
rmSync(scratch, { recursive: true, force: true });

if (failedSteps.length > 0) say(`\nfailed: ${failedSteps.join(", ")}`);
say(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** A step that failed counts as at least one failure, whatever its own report says. */
function add({ passed, failed }: Tally, ok: boolean): void {
  total.passed += passed;
  total.failed += ok ? failed : Math.max(failed, 1);
}

/** null where Vitest wrote no report. */
function countTests(): Tally | null {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    return { passed: Number(numPassedTests), failed: Number(numFailedTests) };
  } catch {
    return null;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
