import type { Findings, Fix } from "../diagnostics/diagnostic.ts";
import { blockGraph, reversePostorder } from "../ir/control-flow.ts";
import type { Flow, Jumps, Task } from "../ir/program.ts";
import { type Facts, nowhere } from "./facts.ts";
import { removals, removeTasks } from "./removal.ts";

/** Steps that nothing which runs leads to. Of steps that only follow those nothing is said. */
export function checkUnreachable(facts: Facts, findings: Findings): void {
  for (const region of facts.regions) {
    if (region.kind === "flow") checkFlow(region, facts, findings);
    if (region.kind === "jumps") checkJumps(region, findings);
  }
}

function checkFlow(flow: Flow, facts: Facts, findings: Findings): void {
  const { guards, links, isDead } = facts.flow(flow);
  for (const task of flow.tasks) {
    const isUnreachable =
      isDead(task.id) &&
      links(task).every((link) => guards.isNever(guards.taken(link))) &&
      !links(task).some(({ from }) => from !== nowhere && isDead(from));
    if (!isUnreachable) continue;
    const fix = removeTasks(flow, withFollowers(task, flow, isDead));
    const params = { node: task.id, why: "no connection that leads to it is ever taken" };
    findings.report("WF_VALIDATION_009", task.origin, params, { fixes: fix === null ? [] : [fix] });
  }
}

/** A dead task and the dead ones that follow it, which would run at once if nothing led to them any more. */
function withFollowers(task: Task, flow: Flow, isDead: (id: string) => boolean): readonly Task[] {
  const found = new Set([task]);
  const dead = flow.tasks.filter(({ id }) => isDead(id));
  const followers = new Map<string, Task[]>();
  for (const one of dead) {
    for (const { from } of one.incoming) {
      const list = followers.get(from);
      if (list === undefined) followers.set(from, [one]);
      else list.push(one);
    }
  }
  for (const one of found) for (const next of followers.get(one.id) ?? []) found.add(next);
  return [...found];
}

/** A state may be several blocks: it can run where one of them can. */
function checkJumps(jumps: Jumps, findings: Findings): void {
  const graph = blockGraph(jumps);
  const reached = new Set(reversePostorder(graph));
  const nameOf = (index: number): string => graph.blocks[index]?.origin.node ?? "";
  const running = new Set([...reached].map(nameOf));
  const dead = new Map<string, string>();
  const sources = new Map<string, Set<string>>();
  for (const [index, { origin, label }] of graph.blocks.entries()) {
    const node = nameOf(index) || label;
    if (reached.has(index) || running.has(nameOf(index))) continue;
    for (const next of graph.successors[index] ?? []) {
      const known = sources.get(nameOf(next)) ?? new Set();
      sources.set(nameOf(next), known.add(node));
    }
    if (dead.has(node)) continue;
    dead.set(node, origin.pointer);
  }
  for (const [index, { origin, label }] of graph.blocks.entries()) {
    const node = nameOf(index) || label;
    if (dead.get(node) !== origin.pointer) continue;
    dead.delete(node);
    const fixes = removeStates(node, sources, jumps);
    findings.report("WF_VALIDATION_009", origin, { node, why: "no path leads to it from the start" }, { fixes });
  }
}

const maxStates = 20;

/** Takes a state out, and the unreachable ones that lead to it. */
function removeStates(name: string, sources: ReadonlyMap<string, ReadonlySet<string>>, jumps: Jumps): readonly Fix[] {
  const found = new Set([name]);
  for (const one of found) {
    for (const source of sources.get(one) ?? []) found.add(source);
    if (found.size > maxStates) return [];
  }
  const blocks = [...jumps.blocks.values()].filter(({ origin }) => found.has(origin.node));
  const paths = blocks.map(({ origin }) => origin.pointer);
  const names = [...found].map((one) => `\`${one}\``).join(", ");
  return paths.length === 0 ? [] : [{ title: `Remove ${names}`, patch: removals(paths) }];
}
