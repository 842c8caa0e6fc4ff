import type { Findings } from "../diagnostics/diagnostic.ts";
import { blockGraph, reversePostorder } from "../ir/control-flow.ts";
import type { Jumps, Program } from "../ir/program.ts";
import { allRegions } from "../ir/regions.ts";

/** States that no transition leads to from the first one. */
export function checkUnreachableBlocks(program: Program, findings: Findings): void {
  for (const region of allRegions(program)) if (region.kind === "jumps") checkRegion(region, findings);
}

/** A state may be several blocks: it can run where one of them can. */
function checkRegion(jumps: Jumps, findings: Findings): void {
  const graph = blockGraph(jumps);
  const reached = new Set(reversePostorder(graph));
  const nameOf = (index: number): string => graph.blocks[index]?.origin.node ?? "";
  const running = new Set([...reached].map(nameOf));
  const reported = new Set<string>();
  for (const [index, { origin, label }] of graph.blocks.entries()) {
    const node = nameOf(index) || label;
    if (reached.has(index) || running.has(nameOf(index)) || reported.has(node)) continue;
    reported.add(node);
    findings.report("WF_VALIDATION_009", origin, { node, why: "no path leads to it from the start" });
  }
}
