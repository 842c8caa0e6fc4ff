import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Flow, Step, Task } from "../ir/program.ts";
import { type Facts, type FlowFacts, nameOf } from "./facts.ts";

/** Joins that go on while some of the paths that lead to them still run, where nothing else waits for those. */
export function checkUnawaitedPaths(facts: Facts, findings: Findings): void {
  for (const region of facts.regions) if (region.kind === "flow") checkFlow(region, facts.flow(region), findings);
}

function checkFlow(flow: Flow, facts: FlowFacts, findings: Findings): void {
  if (!flow.tasks.some(isEarly)) return;
  const byId = new Map(flow.tasks.map((task) => [task.id, task]));
  for (const task of flow.tasks) {
    if (task.isHidden || !isEarly(task) || endsOthers(task) || endsAll(task) || facts.isDead(task.id)) continue;
    const sources = [...new Set(task.incoming.map(({ from }) => from))].flatMap((id) => byId.get(id) ?? []);
    const left = sources.filter((source) => facts.next(source.id).every(isEarly) && source.steps.some(takesTime));
    const [first] = left.filter((source) => runsBeside(source, sources, facts));
    if (first !== undefined) findings.report("WF_CHECK_002", task.origin, { node: nameOf(first), join: nameOf(task) });
  }
}

/** Whether it does not wait for all that leads to it. */
function isEarly({ join, incoming }: Task): boolean {
  return incoming.length > 1 && (join.kind === "first" || (join.kind === "count" && join.count < incoming.length));
}

/** Whether what still runs ends with it: a join that cancels the rest, and the end of the run. */
function endsOthers({ steps }: Task): boolean {
  return steps.some((step) => step.kind === "terminate" || (step.kind === "control" && step.action === "cancel"));
}

/** Whether another of these can run when it does: of paths that exclude each other only one is ever there. */
function runsBeside(task: Task, others: readonly Task[], { guards }: FlowFacts): boolean {
  const own = guards.of(task.id);
  return guards.exact && others.some((other) => other !== task && !guards.exclusive(own, guards.of(other.id)));
}

/** What is over at once need not be waited for, nor what is there to be cancelled. */
const passing: ReadonlySet<Step["kind"]> = new Set([
  "visit",
  "assign",
  "evaluate",
  "decide",
  "fail",
  "control",
  "cancellable",
]);

function takesTime({ kind }: Step): boolean {
  return !passing.has(kind);
}

/** Whether it ends the run and with it all that is still running. */
function endsAll({ steps }: Task): boolean {
  return steps.some(({ kind }) => kind === "terminate");
}
