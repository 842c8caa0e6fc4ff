/**
 * How the cost of a node grows with the size of its graph: cold compiles of graphs of 50, 500 and 5,000 nodes of several shapes,
 * microseconds per node by stage (the median of the rounds), and how many times the cost at 50 nodes it is at 5,000.
 * `npm run bench:scale [-- SHAPE…]`; all shapes by default.
 */
import { type StageName, stageNames } from "../../server/artifact.ts";
import { createTestCompiler } from "../modules/compiler.ts";
import { graphOfSize } from "./definitions.ts";
import {
  branchesOfSize,
  chainOfSize,
  forksOfSize,
  handledOfSize,
  nestedOfSize,
  transformsOfSize,
  wideOfSize,
} from "./shapes.ts";

const shapes: ReadonlyMap<string, (size: number) => string> = new Map([
  ["chain", chainOfSize],
  ["branches", branchesOfSize],
  ["forks", forksOfSize],
  ["wide", wideOfSize],
  ["transforms", transformsOfSize],
  ["nested", nestedOfSize],
  ["handled", handledOfSize],
  // Without its indentation and with shorter notes 5,000 nodes are within the limit of bytes.
  ["mix", (size) => JSON.stringify(JSON.parse(graphOfSize(size).replaceAll(" of ${ input.label }", "")))],
]);
const sizes = [50, 500, 5_000] as const;
/** About as many nodes for each size, but never a single round, which would measure its garbage collection. */
const rounds: Readonly<Record<(typeof sizes)[number], number>> = { 50: 60, 500: 12, 5000: 3 };
const columns = ["total", ...stageNames] as const;

type Costs = Readonly<Record<(typeof columns)[number], number>>;

const compiler = createTestCompiler();
const wanted = process.argv.slice(2);
for (const [name, make] of shapes) if (wanted.length === 0 || wanted.includes(name)) report(name, make);
compiler.close();

function report(name: string, make: (size: number) => string): void {
  for (let round = 0; round < 15; round++) compileOnce(make(200), 200, -round - 1);
  const costs = sizes.map((size) => {
    const text = make(size);
    return medians(Array.from({ length: rounds[size] }, (_, round) => compileOnce(text, size, round)));
  });
  say(`\n${name}, microseconds per node`);
  say(row("nodes", ...sizes.map(String), "5,000 : 50"));
  for (const column of columns) {
    const cells = costs.map((cost) => cost[column]);
    const ratio = (cells.at(-1) ?? Number.NaN) / (cells[0] ?? Number.NaN);
    say(row(column, ...cells.map((cell) => cell.toFixed(0)), ratio.toFixed(2)));
  }
}

function compileOnce(text: string, size: number, round: number): Costs {
  // A text that was not seen before, so that nothing anywhere can answer from memory.
  const content = Buffer.from(text.replaceAll("step n", `step ${round} n`));
  const start = performance.now();
  const { artifact, diagnostics, stages } = compiler.compile(
    { format: "graph", content, name: "bench" },
    { target: "module", allowInlineCode: false },
  );
  const total = performance.now() - start;
  if (artifact === null)
    throw new Error(`${size} nodes do not compile: ${diagnostics[0]?.code} ${diagnostics[0]?.message}`);
  const of = (name: StageName): number => stages.find((stage) => stage.name === name)?.durationMs ?? 0;
  const perNode = (durationMs: number): number => (1_000 * durationMs) / size;
  return {
    total: perNode(total),
    source: perNode(of("source")),
    frontend: perNode(of("frontend")),
    checks: perNode(of("checks")),
    structure: perNode(of("structure")),
    emit: perNode(of("emit")),
    typecheck: perNode(of("typecheck")),
    transform: perNode(of("transform")),
  };
}

function medians(all: readonly Costs[]): Costs {
  const median = (column: (typeof columns)[number]): number => {
    const sorted = all.map((costs) => costs[column]).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    total: median("total"),
    source: median("source"),
    frontend: median("frontend"),
    checks: median("checks"),
    structure: median("structure"),
    emit: median("emit"),
    typecheck: median("typecheck"),
    transform: median("transform"),
  };
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(12)).join("")}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
