import { neededLinks } from "../../server/ir/guards.ts";
import type { Flow, Link, Step, Task } from "../../server/ir/program.ts";
import type { Trace, World } from "./flow-world.ts";

/** The value that a link carries in these tests: its last assignment is a literal. */
function carriedBy(steps: readonly Step[]): unknown {
  const last = steps.at(-1);
  return last?.kind === "assign" && last.value.kind === "literal" ? last.value.value : undefined;
}

/** Runs a flow by the definition of dead-path elimination, link by link. */
export function runByDefinition(flow: Flow, world: World): Trace {
  const trace: Trace = { started: new Map(), skipped: [], seen: new Map(), end: { time: 0, failed: null } };
  const decided = new Map<Link, { readonly taken: boolean; readonly time: number }>();
  const settled = new Set<string>();
  let running: { readonly task: Task; readonly end: number }[] = [];
  let now = 0;

  function decide(task: Task, outcome: string | null, ran: boolean): void {
    for (const target of flow.tasks) {
      for (const link of target.incoming) {
        if (link.from !== task.id) continue;
        decided.set(link, { taken: ran && (link.outcome === null || link.outcome === outcome), time: now });
      }
    }
  }

  /** Starts or skips one task that is ready. */
  function settleOne(): boolean {
    for (const task of flow.tasks) {
      if (settled.has(task.id)) continue;
      const { incoming, join } = task;
      const taken = incoming.filter((link) => decided.get(link)?.taken === true).length;
      const isDecided = incoming.every((link) => decided.has(link));
      const isEnough = incoming.length === 0 || taken >= neededLinks(join, incoming.length);
      const isEarly = join.kind === "first" || join.kind === "count";
      if (!(isDecided || (isEarly && isEnough))) continue;
      settled.add(task.id);
      if (isEnough) start(task);
      else {
        trace.skipped.push(task.id);
        decide(task, null, false);
      }
      return true;
    }
    return false;
  }

  function start(task: Task): void {
    trace.started.set(task.id, now);
    running.push({ task, end: now + (world.duration.get(task.id) ?? 0) });
  }

  /** The error that nobody takes, or null. */
  function finish(task: Task): string | null {
    const error = world.failure.get(task.id);
    const { choice } = task;
    if (choice.kind === "failure") {
      if (error === undefined) decide(task, choice.ok, true);
      const handler = choice.handlers.find(({ when }) => when === null || isFor(when, error));
      if (error !== undefined && handler !== undefined) decide(task, handler.outcome, true);
      return error === undefined || handler !== undefined ? null : task.id;
    }
    if (error !== undefined) return task.id;
    const conditions = world.holds.get(task.id) ?? [];
    if (choice.kind === "all") decide(task, null, true);
    else decide(task, choice.cases.find((_, index) => conditions[index])?.outcome ?? choice.otherwise, true);
    return null;
  }

  for (;;) {
    while (settleOne());
    const [next] = running.toSorted((a, b) => a.end - b.end);
    if (next === undefined) break;
    now = next.end;
    running = running.filter((each) => each !== next);
    const failed = finish(next.task);
    trace.end = { time: now, failed };
    if (failed !== null) break;
  }
  for (const task of flow.tasks) trace.seen.set(task.id, valuesAt(task, trace.started.get(task.id) ?? -1));
  return trace;

  /** The values that can win when the task starts: of links taken at that very moment, any may come in time. */
  function valuesAt(task: Task, time: number): readonly unknown[] {
    const taken = task.incoming.filter(
      (link) => decided.get(link)?.taken === true && (decided.get(link)?.time ?? 0) <= time,
    );
    const isEarly = task.join.kind === "first" || task.join.kind === "count";
    const atOnce = taken.filter((link) => decided.get(link)?.time === time);
    return (isEarly && atOnce.length > 1 ? taken : taken.slice(0, 1)).map((link) => carriedBy(link.steps));
  }
}

function isFor(when: { readonly kind: string }, error: string | undefined): boolean {
  const args = "args" in when && Array.isArray(when.args) ? when.args : [];
  return args.some((arg) => arg?.kind === "literal" && arg.value === error);
}
