import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `npm test`: every check of the repository, all of them even after a failure. The last line counts: tests one by one,
 * and each other check as one. A file of tests that fails is run once more, by itself: many of them drive real servers, which a
 * busy machine can starve. What passes only then is counted as passed, and named.
 */
const root = new URL("..", import.meta.url).pathname;

/** More files than this do not fail for want of a machine. */
const MAX_SECOND_RUNS = 4;

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** What Vitest's JSON report says of a file. */
interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

const steps: readonly { readonly name: string; readonly run: () => Tally }[] = [
  { name: "format and lint", run: () => check("biome", "check", "--error-on-warnings", ".") },
  { name: "unused code and dependencies", run: () => check("knip") },
  { name: "contract: style", run: () => check("buf", "lint") },
  { name: "contract: compatibility", run: () => check("node", "scripts/breaking.ts") },
  { name: "types", run: () => check("tsc", "--noEmit", "-p", "tsconfig.json") },
  { name: "tests", run: runTests },
];

const failedSteps: string[] = [];
let passed = 0;
let failed = 0;
for (const { name, run } of steps) {
  say(`\n== ${name}`);
  const started = performance.now();
  const tally = run();
  const verdict = tally.failed === 0 ? "ok" : "FAILED";
  say(`== ${name}: ${verdict} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
  if (tally.failed > 0) failedSteps.push(name);
  passed += tally.passed;
  failed += tally.failed;
}
if (failedSteps.length > 0) say(`\nfailed: ${failedSteps.join(", ")}`);
say(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function check(program: string, ...args: readonly string[]): Tally {
  const ok = spawnSync(program, args, { cwd: root, stdio: "inherit" }).status === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

function runTests(): Tally {
  const first = vitest();
  const broken = first.files.filter(({ status }) => status !== "passed").map(({ name }) => name);
  if (first.ok || broken.length === 0 || broken.length > MAX_SECOND_RUNS) return tallyOf(first);
  say(`\n== tests: once more, by themselves: ${broken.join(", ")}`);
  const second = vitest("--maxWorkers=1", ...broken);
  const again = new Set(second.files.map(({ name }) => name));
  for (const { name, status } of second.files) if (status === "passed") say(`== unsteady: ${name} failed once`);
  return tallyOf({ ok: second.ok, files: [...first.files.filter(({ name }) => !again.has(name)), ...second.files] });
}

interface TestRun {
  readonly ok: boolean;
  /** Empty where Vitest wrote no report. */
  readonly files: readonly FileResult[];
}

function vitest(...args: readonly string[]): TestRun {
  const scratch = mkdtempSync(join(tmpdir(), "checks-"));
  const report = join(scratch, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync("vitest", ["run", ...reporters, ...args], { cwd: root, stdio: "inherit" });
  try {
    return { ok: status === 0, files: JSON.parse(readFileSync(report, "utf8")).testResults };
  } catch {
    return { ok: false, files: [] };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A run that failed counts as at least one failure, whatever its own report says. */
function tallyOf({ ok, files }: TestRun): Tally {
  const all = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (wanted: string): number => all.filter(({ status }) => status === wanted).length;
  return { passed: count("passed"), failed: ok ? count("failed") : Math.max(1, count("failed")) };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
