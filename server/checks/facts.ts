import { type GuardLink, type Guards, guardsOf } from "../ir/guards.ts";
import type { Choice, Flow, Program, Region, Task } from "../ir/program.ts";
import { allRegions } from "../ir/regions.ts";

/** What several checks need to know of a program; each part is found out once. */
export interface Facts {
  readonly program: Program;
  /** Each before those inside it. */
  readonly regions: readonly Region[];
  flow(flow: Flow): FlowFacts;
}

/** When the tasks of a flow run, given that constant conditions have one outcome and that failing steps have none. */
export interface FlowFacts {
  readonly guards: Guards;
  /** The links of a task: those that are never taken come from nowhere. */
  links(task: Task): readonly GuardLink[];
  /** Whether a task is certain never to run. */
  isDead(id: string): boolean;
  /** What people call the task of an id. */
  called(id: string): string;
  /** The tasks that a task has links to, each once. */
  next(id: string): readonly Task[];
}

export function createFacts(program: Program): Facts {
  const flows = new Map<Flow, FlowFacts>();
  return {
    program,
    regions: allRegions(program),
    flow(flow) {
      const known = flows.get(flow);
      if (known !== undefined) return known;
      const made = flowFacts(flow);
      flows.set(flow, made);
      return made;
    },
  };
}

/** What people call a task: the node or state that it comes from. */
export function nameOf({ id, origin }: Task): string {
  return origin.node || id;
}

/** No task has this id: a link from it is never taken. */
export const nowhere = "";

function flowFacts(flow: Flow): FlowFacts {
  const never = new Map(flow.tasks.map((task) => [task.id, neverTaken(task)]));
  const links = (task: Task): readonly GuardLink[] =>
    task.incoming.map(({ from, outcome }) => ({
      from: never.get(from)?.(outcome) === false ? from : nowhere,
      outcome,
    }));
  const guards = guardsOf(
    flow.tasks.map((task) => ({
      id: task.id,
      outcomes: outcomesOf(task.choice),
      incoming: links(task),
      join: task.join,
    })),
  );
  const next = new Map<string, Set<Task>>();
  for (const task of flow.tasks) {
    for (const { from } of task.incoming) {
      const known = next.get(from);
      if (known === undefined) next.set(from, new Set([task]));
      else known.add(task);
    }
  }
  const names = new Map(flow.tasks.map((task) => [task.id, nameOf(task)]));
  return {
    guards,
    links,
    called: (id) => names.get(id) ?? id,
    isDead: (id) => guards.isNever(guards.of(id)),
    next: (id) => [...(next.get(id) ?? [])],
  };
}

function outcomesOf(choice: Choice): readonly string[] {
  switch (choice.kind) {
    case "all":
      return [];
    case "cases":
      return [...new Set([...choice.cases.map(({ outcome }) => outcome), choice.otherwise])];
    case "failure":
      return [...new Set([choice.ok, ...choice.handlers.map(({ outcome }) => outcome)])];
    default:
      return choice satisfies never;
  }
}

/** Whether links of an outcome are never taken: after a step that always fails, or where a condition is a constant. */
function neverTaken({ steps, choice }: Task): (outcome: string | null) => boolean {
  if (steps.at(-1)?.kind === "fail") return (outcome) => choice.kind !== "failure" || outcome === choice.ok;
  if (choice.kind !== "cases") return () => false;
  const possible = new Set<string>();
  for (const { when, outcome } of choice.cases) {
    if (when.kind === "literal" && when.value === false) continue;
    possible.add(outcome);
    if (when.kind === "literal" && when.value === true) return (wanted) => wanted !== null && !possible.has(wanted);
  }
  possible.add(choice.otherwise);
  return (wanted) => wanted !== null && !possible.has(wanted);
}
