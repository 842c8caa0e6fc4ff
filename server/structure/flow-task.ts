import type { Expression } from "../ir/expression.ts";
import { neededLinks } from "../ir/guards.ts";
import type { FlowHandler, Link, Step, Task } from "../ir/program.ts";
import { type FlowGraph, type FlowNode, RUN, SKIP } from "./flow-graph.ts";
import type { Notes } from "./flow-notes.ts";
import type { Outcomes } from "./flow-outcomes.ts";
import type { Ports } from "./flow-ports.ts";
import { atLeast, cannotFail, decide, exits, joined, sequence, text } from "./flow-steps.ts";

/** The steps of one task: what it does, and what follows from its outcome right there. */
interface TaskWriter {
  /** Whether arms that follow the task can stand where it decides, with no need to write one of them twice. */
  canHold(node: FlowNode, arms: readonly HeldArm[]): boolean;
  /** `arms` is empty where nothing that depends on the outcome stands here. */
  steps(node: FlowNode, arms: readonly HeldArm[]): readonly Step[];
}

export interface HeldArm {
  readonly outcomes: readonly string[];
  readonly isIdle: boolean;
  readonly steps: () => readonly Step[];
}

/** What happens under an outcome. Bodies with the same key are the same. */
interface Body {
  readonly key: string;
  readonly steps: () => readonly Step[];
}

interface Case {
  readonly when: Expression;
  readonly outcome: string;
}

export function taskWriter(graph: FlowGraph, notes: Notes, ports: Ports, outcomes: Outcomes): TaskWriter {
  const links = linksBySource(graph);

  /** What a taken link does at its source: the links of the task under that outcome. */
  function linkSteps(node: FlowNode, outcome: string | null): readonly Step[] {
    if (node.isGate) return [];
    const { id, origin } = node.task;
    const taken = links.get(id)?.get(outcome) ?? [];
    return [...taken.flatMap((link) => ports.stepsOf(link)), ...notes.take(id, outcome, origin)];
  }

  function bodyOf(node: FlowNode, outcome: string, arms: readonly HeldArm[]): Body {
    const own = [...linkSteps(node, outcome), ...outcomes.keep(node, text(outcome, node.task.origin))];
    const index = arms.findIndex((arm) => arm.outcomes.includes(outcome));
    const key = own.length > 0 ? `outcome ${outcome}` : `arm ${index}`;
    return { key, steps: () => [...own, ...(arms[index]?.steps() ?? [])] };
  }

  function canHold(node: FlowNode, arms: readonly HeldArm[]): boolean {
    const { choice } = node.task;
    const places =
      !node.isGate && choice.kind === "failure"
        ? [choice.ok, ...choice.handlers.map((handler) => handler.outcome)]
        : casesOf(node, arms).map(([last]) => last);
    return arms.every((arm) => arm.isIdle || places.filter((outcome) => arm.outcomes.includes(outcome)).length <= 1);
  }

  /** The outcomes that each place of a decision is for, the last place being for all that is left. */
  function casesOf(
    node: FlowNode,
    arms: readonly HeldArm[],
  ): readonly (readonly [outcome: string, whens: readonly Expression[]])[] {
    const { cases, otherwise } = decisionOf(node);
    const places: { outcome: string; key: string; whens: Expression[] }[] = [];
    for (const { when, outcome } of cases) {
      const { key } = bodyOf(node, outcome, arms);
      const last = places.at(-1);
      if (last?.key === key) last.whens.push(when);
      else places.push({ outcome, key, whens: [when] });
    }
    if (places.at(-1)?.key === bodyOf(node, otherwise, arms).key) places.pop();
    return [...places.map(({ outcome, whens }) => [outcome, whens] as const), [otherwise, []]];
  }

  function decisionOf(node: FlowNode): { readonly cases: readonly Case[]; readonly otherwise: string } {
    const { choice, incoming, join, origin } = node.task;
    if (node.isGate) {
      const conditions = incoming.map(notes.wasTaken);
      const when = atLeast(neededLinks(join, incoming.length), conditions, origin);
      return { cases: [{ when, outcome: RUN }], otherwise: SKIP };
    }
    return choice.kind === "cases" ? choice : { cases: [], otherwise: "" };
  }

  function caseSteps(node: FlowNode, arms: readonly HeldArm[]): readonly Step[] {
    const { origin } = node.task;
    const { cases, otherwise } = decisionOf(node);
    const hasBodies = arms.length > 0 || node.outcomes.some((outcome) => linkSteps(node, outcome).length > 0);
    if (!hasBodies) return outcomes.keep(node, chosenOutcome(cases, otherwise, outcomes.typeOf(node), node.task));
    const places = casesOf(node, arms).map(([outcome, whens]) => ({
      when: joined("||", whens, origin),
      steps: bodyOf(node, outcome, arms).steps(),
    }));
    return decide(places.slice(0, -1), places.at(-1)?.steps ?? [], origin);
  }

  function failureSteps(node: FlowNode, arms: readonly HeldArm[]): readonly Step[] {
    const { choice, steps } = node.task;
    if (choice.kind !== "failure") return [];
    const always = linkSteps(node, null);
    // What follows in every case stands behind, once, unless arms need it.
    const [before, behind] = arms.length > 0 ? [always, []] : [[], always];
    const body = (outcome: string): readonly Step[] => [...before, ...bodyOf(node, outcome, arms).steps()];
    return [...attempt(node.task, steps, choice.handlers, body, choice.ok), ...behind];
  }

  function steps(node: FlowNode, arms: readonly HeldArm[]): readonly Step[] {
    const { task } = node;
    if (node.isGate) return caseSteps(node, arms);
    const before = ports.stepsBefore(node);
    switch (task.choice.kind) {
      case "all":
        return [...before, ...task.steps, ...linkSteps(node, null)];
      case "cases":
        return [...before, ...task.steps, ...linkSteps(node, null), ...caseSteps(node, arms)];
      case "failure":
        return [...before, ...failureSteps(node, arms)];
      default:
        return task.choice satisfies never;
    }
  }

  return { canHold, steps };
}

/** The steps under their handlers. What follows when they succeed must not fall under the handlers itself. */
function attempt(
  task: Task,
  steps: readonly Step[],
  handlers: readonly FlowHandler[],
  body: (outcome: string) => readonly Step[],
  ok: string,
): readonly Step[] {
  const { origin } = task;
  const after = body(ok);
  if (handlers.length === 0) return [...steps, ...after];
  const caught = handlers.map((handler) => [...handler.steps, ...body(handler.outcome)]);
  const isInside = after.length > 0 && cannotFail(after);
  const attempted = isInside ? [...steps, ...after] : steps;
  const needsBlock = !isInside && after.length > 0 && !caught.every(exits);
  const leave: Step = { kind: "break", label: task.id, origin };
  const step: Step = {
    kind: "try",
    body: sequence(attempted),
    handlers: handlers.map(({ failure, when }, index) => {
      const own = caught[index] ?? [];
      return { failure, when, body: sequence(needsBlock && !exits(own) ? [...own, leave] : own) };
    }),
    finally: null,
    origin,
  };
  if (!needsBlock) return isInside ? [step] : [step, ...after];
  return [{ kind: "block", label: task.id, body: sequence([step, ...after]), origin }];
}

/** The outcome as a value: a conditional a case. */
function chosenOutcome(
  cases: readonly Case[],
  otherwise: string,
  type: Expression["type"],
  { origin }: Task,
): Expression {
  return cases.reduceRight<Expression>(
    (rest, { when, outcome }) => ({
      kind: "conditional",
      test: when,
      then: text(outcome, origin),
      otherwise: rest,
      type,
      origin,
    }),
    text(otherwise, origin),
  );
}

function linksBySource(graph: FlowGraph): ReadonlyMap<string, ReadonlyMap<string | null, readonly Link[]>> {
  const bySource = new Map<string, Map<string | null, Link[]>>();
  for (const { isGate, task } of graph.nodes) {
    for (const link of isGate ? [] : task.incoming) {
      const byOutcome = bySource.get(link.from) ?? new Map<string | null, Link[]>();
      bySource.set(link.from, byOutcome);
      const known = byOutcome.get(link.outcome);
      if (known === undefined) byOutcome.set(link.outcome, [link]);
      else known.push(link);
    }
  }
  return bySource;
}
