import type { Findings, Fix, Origin } from "../diagnostics/diagnostic.ts";
import { type BlockGraph, blockGraph, reversePostorder } from "../ir/control-flow.ts";
import type { Flow, Jumps, Task } from "../ir/program.ts";
import { removals } from "../source/removals.ts";
import { type Facts, type FlowFacts, nameOf, nowhere } from "./facts.ts";
import { removeTasks } from "./removal.ts";

/** Steps that nothing which runs leads to. Of tasks that only follow those nothing is said. */
export function checkUnreachable(facts: Facts, findings: Findings): void {
  for (const region of facts.regions) {
    if (region.kind === "flow") checkFlow(region, facts.flow(region), findings);
    if (region.kind === "jumps") checkJumps(region, findings);
  }
}

function checkFlow(flow: Flow, facts: FlowFacts, findings: Findings): void {
  const { guards, links, isDead } = facts;
  for (const task of flow.tasks) {
    if (!isDead(task.id) || task.isHidden) continue;
    const isFirst = !links(task).some(({ from }) => from !== nowhere && isDead(from));
    if (!isFirst || links(task).some((link) => !guards.isNever(guards.taken(link)))) continue;
    const fix = removeTasks(withFollowers(task, facts), facts);
    const params = { node: nameOf(task), why: "no connection that leads to it is ever taken" };
    findings.report("WF_VALIDATION_009", task.origin, params, { fixes: fix === null || findings.failed ? [] : [fix] });
  }
}

/** More need not be found: no fix takes out so many. */
const maxFollowers = 100;

/** A dead task and the dead ones after it, which would run at once if nothing led to them any more. */
function withFollowers(task: Task, { next, isDead }: FlowFacts): readonly Task[] {
  const found = new Set([task]);
  for (const one of found) {
    for (const follower of next(one.id)) if (isDead(follower.id)) found.add(follower);
    if (found.size > maxFollowers) break;
  }
  return [...found];
}

/** A state may be several blocks: it can run where one of them can. */
function checkJumps(jumps: Jumps, findings: Findings): void {
  const graph = blockGraph(jumps);
  const stateOf = (index: number): string => graph.blocks[index]?.origin.node || (graph.blocks[index]?.label ?? "");
  const running = new Set(reversePostorder(graph).map(stateOf));
  const dead = new Map<string, Origin>();
  for (const [index, { origin }] of graph.blocks.entries()) {
    const name = stateOf(index);
    if (!running.has(name) && !dead.has(name)) dead.set(name, origin);
  }
  if (dead.size === 0) return;
  const sources = sourcesOf(graph, stateOf);
  for (const [node, origin] of dead) {
    const fixes = removeStates(node, sources, dead);
    if (jumps.isStrict) findings.report("WF_VALIDATION_018", origin, { node }, { fixes });
    else findings.report("WF_VALIDATION_009", origin, { node, why: "no path leads to it from the start" }, { fixes });
  }
}

/** The states that lead to each state. */
function sourcesOf(graph: BlockGraph, stateOf: (index: number) => string): ReadonlyMap<string, ReadonlySet<string>> {
  const sources = new Map<string, Set<string>>();
  for (const [index, successors] of graph.successors.entries()) {
    for (const next of successors) {
      const known = sources.get(stateOf(next)) ?? new Set();
      sources.set(stateOf(next), known.add(stateOf(index)));
    }
  }
  return sources;
}

const maxStates = 10;

/** Takes a state out, and the unreachable ones that lead to it. */
function removeStates(
  name: string,
  sources: ReadonlyMap<string, ReadonlySet<string>>,
  dead: ReadonlyMap<string, Origin>,
): readonly Fix[] {
  const found = new Set([name]);
  for (const one of found) {
    for (const source of sources.get(one) ?? []) found.add(source);
    if (found.size > maxStates) return [];
  }
  const paths = [...found].map((one) => dead.get(one)?.pointer ?? "");
  const names = [...found].map((one) => `\`${one}\``).join(", ");
  return [{ title: `Remove ${names}`, patch: removals(paths) }];
}
