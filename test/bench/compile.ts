/**
 * Cold compiles (no cache) of graphs of 5, 50 and 500 nodes in a warm process: p50 and p95 by stage, and the share of the
 * type-check. `npm run bench [-- ROUNDS]`; 100 rounds by default, a fifth of that for 500 nodes.
 */
import { type StageName, stageNames } from "../../server/artifact.ts";
import { createTestCompiler } from "../modules/compiler.ts";
import { graphOfSize } from "./definitions.ts";

const rounds = Number(process.argv[2] ?? 100);
const compiler = createTestCompiler();

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function compileOnce(
  size: number,
  round: number,
): { readonly total: number; readonly stages: ReadonlyMap<StageName, number>; readonly lines: number } {
  // A text that was not seen before, so that nothing anywhere can answer from memory.
  const content = Buffer.from(graphOfSize(size).replaceAll("step n", `step ${round} n`));
  const start = performance.now();
  const { artifact, diagnostics, stages } = compiler.compile(
    { format: "graph", content, name: "bench" },
    { target: "module", allowInlineCode: false },
  );
  const total = performance.now() - start;
  if (artifact === null) throw new Error(`the graph of ${size} nodes does not compile: ${diagnostics[0]?.message}`);
  const lines = artifact.files[0]?.content.split("\n").length ?? 0;
  return { total, stages: new Map(stages.map((stage) => [stage.name, stage.durationMs])), lines };
}

function report(size: number, count: number): void {
  for (let round = 0; round < Math.max(5, count / 4); round++) compileOnce(size, -round - 1);
  const results = Array.from({ length: count }, (_, round) => compileOnce(size, round));
  const totals = results.map((result) => result.total);
  const p50 = percentile(totals, 0.5);
  const row = (name: string, values: readonly number[]) =>
    `  ${name.padEnd(11)}${percentile(values, 0.5).toFixed(2).padStart(9)}${percentile(values, 0.95).toFixed(2).padStart(9)}${((100 * percentile(values, 0.5)) / p50).toFixed(0).padStart(7)}%`;
  process.stdout.write(`\n${size} nodes, ${results[0]?.lines} lines of TypeScript, ${count} rounds\n`);
  process.stdout.write(`  ${"stage".padEnd(11)}${"p50 ms".padStart(9)}${"p95 ms".padStart(9)}${"share".padStart(8)}\n`);
  for (const name of stageNames)
    process.stdout.write(
      `${row(
        name,
        results.map((result) => result.stages.get(name) ?? 0),
      )}\n`,
    );
  process.stdout.write(`${row("total", totals)}\n`);
}

report(5, rounds);
report(50, rounds);
report(500, Math.max(5, Math.ceil(rounds / 5)));
compiler.close();
