import type { Findings } from "../diagnostics/diagnostic.ts";
import { blockGraph, reversePostorder } from "../ir/control-flow.ts";
import type { Jumps, Region } from "../ir/program.ts";

/** WF_VALIDATION_009: blocks that no path from the entry leads to. Of a flow, `checkJoins` finds what cannot run. */
export function checkReachability(region: Region, findings: Findings): void {
  if (region.kind === "jumps") checkJumps(region, findings);
}

function checkJumps(jumps: Jumps, findings: Findings): void {
  const graph = blockGraph(jumps);
  const reached = new Set(reversePostorder(graph));
  for (const [index, block] of graph.blocks.entries()) {
    if (reached.has(index)) continue;
    findings.report("WF_VALIDATION_009", block.origin, {
      node: block.label,
      why: "no transition from the start leads to it",
    });
  }
}
