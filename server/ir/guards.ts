import { ALWAYS, createDiagrams, type Diagram, type Diagrams, NEVER } from "./decision-diagram.ts";
import type { Join } from "./program.ts";

/** What of a task says when it runs under dead-path elimination. */
export interface GuardTask {
  readonly id: string;
  /** The outcomes of which exactly one is chosen when it has run; empty: it decides nothing. */
  readonly outcomes: readonly string[];
  /** Links from ids that are not among the tasks are never taken. */
  readonly incoming: readonly GuardLink[];
  readonly join: Join;
  /** Where given: the guard is weakened until it depends only on outcomes of tasks for which this holds. */
  readonly knows?: (id: string) => boolean;
  /** What the guard may take for granted: that these tasks chose these outcomes. */
  readonly assumes?: readonly { readonly id: string; readonly outcome: string }[];
}

export interface GuardLink {
  readonly from: string;
  /** Null: taken whenever `from` has run. */
  readonly outcome: string | null;
}

/** When a task runs, as a function of the outcomes that tasks choose. Equal guards are the same number. */
export type Guard = Diagram;

export interface Guards {
  /** When the task of that id runs; of an unknown id: never. */
  of(id: string): Guard;
  /** When a link is taken. */
  taken(link: GuardLink): Guard;
  /** Whether `b` is certain to hold where `a` does. */
  implies(a: Guard, b: Guard): boolean;
  exclusive(a: Guard, b: Guard): boolean;
  isNever(a: Guard): boolean;
  isAlways(a: Guard): boolean;
  /** Both hold; or `a` alone beyond the limits. */
  and(a: Guard, b: Guard): Guard;
  /** One of them holds; or always beyond the limits. */
  or(a: Guard, b: Guard): Guard;
  /** What remains to be known of `a` where `b` holds: always, where `b` implies it. */
  given(a: Guard, b: Guard): Guard;
  /** That the task chooses one of these outcomes, whether or not it runs. */
  chooses(id: string, outcomes: readonly string[]): Guard;
  /**
   * The first task, in their order, on whose outcome the guard depends, with a bit for each of its outcomes (in their
   * order, without repetitions) under which the guard can hold.
   */
  firstDecision(a: Guard): { readonly id: string; readonly possible: bigint } | null;
  /** False where the tasks were too entangled: some guards are then opaque, and only known to be possible. */
  readonly exact: boolean;
}

/**
 * The guards of tasks that link to each other. A task decides by choosing one of its outcomes; that is a variable of the
 * diagrams, in a topological order. Tasks in a cycle get opaque guards.
 */
export function guardsOf(tasks: readonly GuardTask[]): Guards {
  const order = topologicalOrder(tasks);
  const places = new Map(order.map((task, place) => [task.id, place]));
  const outcomes = order.map((task) => new Map([...new Set(task.outcomes)].map((outcome, value) => [outcome, value])));
  // Each task has two variables: whether it runs, for guards that are opaque, and what it chooses.
  const diagrams = createDiagrams(order.flatMap((_, place) => [2, outcomes[place]?.size ?? 0]));
  const choices = order.map(() => new Map<number, Guard>());
  const guards = new Map<string, Guard>();
  let exact = true;

  function chosen(id: string, outcome: string): Guard | null {
    const place = places.get(id);
    const values = place === undefined ? undefined : outcomes[place];
    const value = values?.get(outcome);
    if (place === undefined || values === undefined || value === undefined) return NEVER;
    if (values.size === 1) return ALWAYS;
    const known = choices[place]?.get(value);
    if (known !== undefined) return known;
    const choice = diagrams.literal(2 * place + 1, value);
    if (choice !== null) choices[place]?.set(value, choice);
    return choice;
  }

  function takenOrNull(link: GuardLink): Guard | null {
    const from = guards.get(link.from) ?? NEVER;
    if (link.outcome === null) return from;
    const choice = chosen(link.from, link.outcome);
    return choice === null ? null : diagrams.and(from, choice);
  }

  function guardOf(task: GuardTask): Guard | null {
    if (task.incoming.length === 0) return ALWAYS;
    const byPlace = task.incoming.toSorted((a, b) => (places.get(a.from) ?? 0) - (places.get(b.from) ?? 0));
    const links: Guard[] = [];
    for (const link of byPlace) {
      const taken = takenOrNull(link);
      if (taken === null) return null;
      links.push(taken);
    }
    const joined = atLeast(neededLinks(task.join, links.length), links, diagrams);
    const guard = (task.assumes ?? []).reduce((rest, { id, outcome }) => {
      const assumed = rest === null ? null : chosen(id, outcome);
      return rest === null || assumed === null || assumed === NEVER ? rest : diagrams.given(rest, assumed);
    }, joined);
    const { knows } = task;
    if (guard === null || knows === undefined) return guard;
    return diagrams.weaken(guard, (variable) => knows(order[variable >> 1]?.id ?? ""));
  }

  for (const [place, task] of order.entries()) {
    const known = task.incoming.every((link) => guards.has(link.from) || !places.has(link.from));
    const guard = known ? guardOf(task) : null;
    if (guard === null) exact = false;
    guards.set(task.id, guard ?? diagrams.literal(2 * place, 0) ?? ALWAYS);
  }

  return {
    of: (id) => guards.get(id) ?? NEVER,
    taken: (link) => takenOrNull(link) ?? guards.get(link.from) ?? NEVER,
    implies: (a, b) => diagrams.and(a, b) === a,
    exclusive: (a, b) => diagrams.and(a, b) === NEVER,
    isNever: (a) => a === NEVER,
    isAlways: (a) => a === ALWAYS,
    and: (a, b) => diagrams.and(a, b) ?? a,
    or: (a, b) => diagrams.or(a, b) ?? ALWAYS,
    given: (a, b) => diagrams.given(a, b) ?? a,
    chooses: (id, some) =>
      some.reduce<Guard>((any, outcome) => diagrams.or(any, chosen(id, outcome) ?? ALWAYS) ?? ALWAYS, NEVER),
    firstDecision(a) {
      const variable = diagrams.earliest(a);
      const task = order[variable >> 1];
      if (variable < 0 || task === undefined || variable % 2 === 0) return null;
      return { id: task.id, possible: diagrams.possible(a) };
    },
    exact,
  };
}

/** How many links of so many must be taken. */
export function neededLinks(join: Join, links: number): number {
  switch (join.kind) {
    case "all":
      return links;
    case "any":
    case "first":
      return 1;
    case "count":
      return Math.max(1, join.count);
    default:
      return join satisfies never;
  }
}

function atLeast(needed: number, links: readonly Guard[], diagrams: Diagrams): Guard | null {
  if (needed > links.length) return NEVER;
  if (needed === links.length) return combine(links, ALWAYS, diagrams.and);
  if (needed === 1) return combine(links, NEVER, diagrams.or);
  // reached[k]: at least k of the links seen so far are taken.
  const reached: Guard[] = [ALWAYS, ...Array.from({ length: needed }, () => NEVER)];
  for (const [seen, link] of links.entries()) {
    for (let k = Math.min(needed, seen + 1); k > 0; k -= 1) {
      const more = diagrams.and(reached[k - 1] ?? NEVER, link);
      const either = more === null ? null : diagrams.or(reached[k] ?? NEVER, more);
      if (either === null) return null;
      reached[k] = either;
    }
  }
  return reached[needed] ?? NEVER;
}

function combine(links: readonly Guard[], start: Guard, operation: Diagrams["and"]): Guard | null {
  let all: Guard | null = start;
  for (const link of links) {
    if (all !== null) all = operation(all, link);
  }
  return all;
}

/** Stable: of tasks that may come next, the first of the document. Tasks in a cycle come last. */
function topologicalOrder(tasks: readonly GuardTask[]): readonly GuardTask[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const waiting = new Map(tasks.map((task) => [task.id, task.incoming.filter((link) => byId.has(link.from)).length]));
  const dependents = new Map<string, GuardTask[]>(tasks.map((task) => [task.id, []]));
  for (const task of tasks) for (const link of task.incoming) dependents.get(link.from)?.push(task);
  const order = new Set(tasks.filter((task) => waiting.get(task.id) === 0));
  for (const task of order) {
    for (const dependent of dependents.get(task.id) ?? []) {
      const left = (waiting.get(dependent.id) ?? 0) - 1;
      waiting.set(dependent.id, left);
      if (left === 0) order.add(dependent);
    }
  }
  return [...order, ...tasks.filter((task) => !order.has(task))];
}
