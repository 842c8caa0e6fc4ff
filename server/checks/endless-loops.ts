import type { Findings } from "../diagnostics/diagnostic.ts";
import { blockGraph, loopForest } from "../ir/control-flow.ts";
import type { Jumps, Region } from "../ir/program.ts";

const MAX_NAMED = 5;

/** WF_VALIDATION_011: loops that nothing leads out of but a failure. */
export function checkEndlessLoops(region: Region, findings: Findings): void {
  if (region.kind === "jumps") checkJumps(region, findings);
}

function checkJumps(jumps: Jumps, findings: Findings): void {
  const graph = blockGraph(jumps);
  for (const loop of loopForest(graph, Number.POSITIVE_INFINITY)?.loops ?? []) {
    if (loop.parent !== null) continue;
    const inside = new Set(loop.members);
    const leads = loop.members.some((member) => graph.successors[member]?.some((next) => !inside.has(next)));
    const [first] = loop.members.map((member) => graph.blocks[member]).filter((block) => block !== undefined);
    if (leads || first === undefined) continue;
    const names = loop.members.slice(0, MAX_NAMED).map((member) => graph.blocks[member]?.label ?? "");
    const steps = `${names.join(" → ")}${loop.members.length > MAX_NAMED ? " → …" : ""} → ${first.label}`;
    findings.report("WF_VALIDATION_011", first.origin, { steps });
  }
}
