import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import { blockGraph, loopForest } from "../ir/control-flow.ts";
import type { Block, Jumps, Region, Step } from "../ir/program.ts";
import { regionsIn, regionsOf, stepsOf } from "../ir/regions.ts";
import type { Facts } from "./facts.ts";

/** Loops that nothing leads out of. That a step in them may fail is no way to end. */
export function checkEndlessLoops({ regions }: Facts, findings: Findings): void {
  for (const region of regions) {
    if (region.kind === "jumps") checkJumps(region, findings);
    for (const step of stepsOf(region)) if (step.kind === "loop") checkLoop(step, findings);
  }
}

function checkJumps(jumps: Jumps, findings: Findings): void {
  const graph = blockGraph(jumps);
  const outermost = loopForest(graph, Number.POSITIVE_INFINITY)?.loops.filter((loop) => loop.parent === null) ?? [];
  for (const { members } of outermost) {
    const inside = new Set(members);
    const leaves = members.some((member) => graph.successors[member]?.some((next) => !inside.has(next)));
    const blocks = members.toSorted((a, b) => a - b).flatMap((member) => graph.blocks[member] ?? []);
    const [first] = blocks;
    if (first !== undefined && !leaves && !blocks.some(endsRegion)) report(blocks.map(nameOf), first.origin, findings);
  }
}

function nameOf({ origin, label }: Block): string {
  return origin.node || label;
}

/** Of many the first say where it is. */
const maxShown = 8;

function report(names: readonly string[], origin: Origin, findings: Findings): void {
  const all = [...new Set(names)];
  const shown = all
    .slice(0, maxShown)
    .map((name) => `\`${name}\``)
    .join(", ");
  findings.report("WF_VALIDATION_011", origin, { steps: all.length > maxShown ? `${shown}, …` : shown });
}

function endsRegion({ steps, end }: Block): boolean {
  if (end.kind === "stop") return true;
  return steps.some(isExit) || (end.kind === "attempt" && end.steps.some(isExit));
}

function isExit(step: Step): boolean {
  if (step.kind === "finish" || step.kind === "fail" || step.kind === "terminate") return true;
  // What ends inside of these ends only a turn, a branch or a container, unless it ends the whole run.
  if (step.kind === "forEach" || step.kind === "fork" || step.kind === "scope")
    return regionsOf(step).some((body) => regionsIn(body).some((region) => stepsOf(region).some(isTerminate)));
  return regionsOf(step).some((region) => stepsOf(region).some(isExit));
}

function isTerminate({ kind }: Step): boolean {
  return kind === "terminate";
}

function checkLoop(loop: Step & { kind: "loop" }, findings: Findings): void {
  const isEndless = loop.test === null || (loop.test.kind === "literal" && loop.test.value === true);
  if (isEndless && !canLeave(loop.body, loop.label))
    report([loop.origin.node || loop.label], loop.test?.origin ?? loop.origin, findings);
}

/** Whether anything in the body ends the loop: failures that the definition itself raises count. */
function canLeave(body: Region, label: string): boolean {
  const regions = [body];
  for (const region of regions) {
    for (const step of stepsOf(region)) {
      const isEnd = step.kind === "fail" || step.kind === "finish" || step.kind === "terminate";
      if (isEnd || (step.kind === "break" && step.label === label)) return true;
      regions.push(...regionsOf(step));
    }
  }
  return false;
}
