import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Flow, Step, Task } from "../ir/program.ts";
import type { Facts, FlowFacts } from "./facts.ts";

/** Joins that go on while some of the paths that lead to them still run, where nothing else waits for those. */
export function checkUnawaitedPaths(facts: Facts, findings: Findings): void {
  for (const region of facts.regions) if (region.kind === "flow") checkFlow(region, facts.flow(region), findings);
}

function checkFlow(flow: Flow, facts: FlowFacts, findings: Findings): void {
  if (!flow.tasks.some(isEarly)) return;
  const byId = new Map(flow.tasks.map((task) => [task.id, task]));
  for (const task of flow.tasks) {
    if (!isEarly(task) || facts.isDead(task.id)) continue;
    const sources = [...new Set(task.incoming.map(({ from }) => from))].flatMap((id) => byId.get(id) ?? []);
    const left = sources.filter((source) => facts.next(source.id).every(isEarly) && source.steps.some(takesTime));
    const [first] = left.filter((source) => runsBeside(source, sources, facts));
    if (first !== undefined) findings.report("WF_CHECK_002", task.origin, { node: first.id, join: task.id });
  }
}

/** Whether it does not wait for all that leads to it. */
function isEarly({ join, incoming }: Task): boolean {
  return incoming.length > 1 && (join.kind === "first" || (join.kind === "count" && join.count < incoming.length));
}

/** Whether another of these can run when it does: of paths that exclude each other only one is ever there. */
function runsBeside(task: Task, others: readonly Task[], { guards }: FlowFacts): boolean {
  const own = guards.of(task.id);
  return guards.exact && others.some((other) => other !== task && !guards.exclusive(own, guards.of(other.id)));
}

function takesTime({ kind }: Step): boolean {
  return kind !== "visit" && kind !== "assign" && kind !== "evaluate" && kind !== "decide" && kind !== "fail";
}
