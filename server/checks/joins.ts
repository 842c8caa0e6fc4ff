import type { Findings, Fix } from "../diagnostics/diagnostic.ts";
import { neededLinks } from "../ir/guards.ts";
import type { Task } from "../ir/program.ts";
import { definitionOf } from "../source/removals.ts";
import { type Facts, type FlowFacts, nameOf, nowhere } from "./facts.ts";

/** Tasks whose join cannot hold although some of their links can be taken. */
export function checkJoins(facts: Facts, findings: Findings): void {
  for (const region of facts.regions) {
    if (region.kind !== "flow") continue;
    const flow = facts.flow(region);
    for (const task of region.tasks) if (flow.isDead(task.id) && !task.isHidden) checkJoin(task, flow, findings);
  }
}

function checkJoin(task: Task, { guards, links, isDead }: FlowFacts, findings: Findings): void {
  const incoming = links(task);
  if (incoming.some(({ from }) => from !== nowhere && isDead(from))) return;
  const possible = incoming.filter((link) => !guards.isNever(guards.taken(link))).length;
  const needed = neededLinks(task.join, incoming.length);
  if (possible === 0) return;
  const params = { node: nameOf(task), why: whyNever(needed, possible, incoming.length) };
  const fixes = needed > incoming.length ? [join(task, "all"), join(task, "any")] : [join(task, "any")];
  findings.report("WF_VALIDATION_010", task.origin, params, { fixes: fixes.filter((fix) => fix !== null) });
}

function whyNever(needed: number, possible: number, links: number): string {
  if (needed > links) return `it waits for ${needed} connections and has ${links}`;
  return possible < needed
    ? "some of the connections that it waits for are never taken"
    : "the connections that it waits for exclude each other";
}

/** A join that is not `any` was written. */
function join({ origin }: Task, value: "all" | "any"): Fix | null {
  const definition = definitionOf(origin.pointer);
  if (definition === null) return null;
  return { title: `Join \`${value}\``, patch: [{ op: "replace", path: `${definition}/join`, value }] };
}
