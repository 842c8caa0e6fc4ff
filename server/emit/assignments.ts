import type { Expression, Variable } from "../ir/expression.ts";
import type { Region, RetryRule, Sequence, Step } from "../ir/program.ts";
import { ruleExpressions } from "../ir/visit.ts";
import { type FunctionBody, forEachVariable, type OccurrenceTable, type Place, sequenceOf } from "./occurrences.ts";

/** A use of a variable, and what is known of it there. */
export interface Use {
  readonly place: Place;
  readonly expression: Expression;
  readonly inLambda: boolean;
  /** TypeScript sees that it is assigned: it looks at one function at a time. */
  readonly isAssigned: boolean;
  /** It is assigned whenever the step runs, by whichever function. */
  readonly wasAssigned: boolean;
}

export interface AssignmentAnalysis {
  usesOf(variable: Variable): readonly Use[];
  /** Whether a function never returns without having assigned the variable. */
  endsAssigned(body: Sequence, variable: Variable): boolean;
}

/** Bits of variables. Null: this point is never reached, where everything holds. */
type State = { readonly seen: Uint32Array; readonly ran: Uint32Array } | null;

/**
 * Definite assignment as TypeScript does it (specification of Java, chapter 16, is the model of both): forwards over the
 * structured steps, with intersections where paths meet.
 */
export function createAssignmentAnalysis(
  table: OccurrenceTable,
  tracked: readonly { readonly variable: Variable; readonly levels: readonly FunctionBody[] }[],
): AssignmentAnalysis {
  const bits = new Map(tracked.map(({ variable }, bit) => [variable, bit]));
  const returnable = new Map<Sequence, number[]>();
  tracked.forEach(({ levels }, bit) => {
    for (const { sequence } of levels) returnable.set(sequence, [...(returnable.get(sequence) ?? []), bit]);
  });
  const size = Math.ceil(tracked.length / 32);
  const uses = new Map<Variable, Use[]>();
  const ends = new Map<Sequence, State>();
  const breaks = new Map<string, State>();
  const none = new Uint32Array(size);
  /** The states in which the function that is being looked at returns. */
  let returns: State[] = [];

  function use(expression: Expression | null | undefined, place: Place, state: State, inLambda = false): void {
    if (!expression || state === null) return;
    forEachVariable(
      expression,
      (variable, at, inner) => {
        const bit = bits.get(variable);
        if (bit === undefined) return;
        const list = uses.get(variable) ?? [];
        uses.set(variable, list);
        list.push({
          place,
          expression: at,
          inLambda: inner,
          isAssigned: hasBit(state.seen, bit),
          wasAssigned: hasBit(state.ran, bit),
        });
      },
      inLambda,
    );
  }

  function useRules(rules: readonly RetryRule[], place: Place, state: State): void {
    for (const expression of rules.flatMap(ruleExpressions)) use(expression, place, state, true);
  }

  function assign(variable: Variable | null, state: State): State {
    const bit = variable === null ? undefined : bits.get(variable);
    if (bit === undefined || state === null) return state;
    return { seen: withBit(state.seen, bit), ran: withBit(state.ran, bit) };
  }

  function walk(region: Region | null, state: State): State {
    if (region === null) return state;
    const sequence = sequenceOf(region);
    const block = table.blocks.get(sequence);
    if (block === undefined) throw new Error("a block was not visited");
    return sequence.steps.reduce((before: State, step, index) => walkStep(step, { block, index }, before), state);
  }

  /** Walks a function that is made in `state`; the result is what holds when it returns. */
  function walkFunction(region: Region, state: State): State {
    const outer = returns;
    returns = [];
    const end = walk(region, state === null ? null : { seen: none, ran: state.ran });
    const all = [...returns, end].reduce(meet, null);
    ends.set(sequenceOf(region), all);
    returns = outer;
    return all;
  }

  /** After a branch or a container: all that it assigned has run, and TypeScript sees what it returns. */
  function afterFunction(state: State, region: Region, end: State): State {
    if (state === null || end === null) return state;
    const returned = (returnable.get(sequenceOf(region)) ?? []).filter((bit) => hasBit(end.seen, bit));
    return { seen: returned.reduce(withBit, state.seen), ran: union(state.ran, end.ran) };
  }

  function walkStep(step: Step, place: Place, state: State): State {
    switch (step.kind) {
      case "call":
        for (const value of [step.input, step.by?.more, step.credentials, step.timeoutMs, step.heartbeatMs])
          use(value, place, state);
        useRules(step.retry, place, state);
        return assign(step.result, state);
      case "assign":
        use(step.value, place, state);
        return assign(step.variable, state);
      case "evaluate":
        use(step.value, place, state);
        return state;
      case "decide": {
        for (const each of step.cases) use(each.when, place, state);
        return [...step.cases.map((each) => walk(each.then, state)), walk(step.otherwise, state)].reduce(meet, null);
      }
      case "fork":
        return walkFork(step, place, state);
      case "forEach":
        use(step.items, place, state);
        use(step.concurrency, place, state);
        use(step.by?.more, place, state);
        use(step.completion?.count, place, state);
        use(step.completion?.until, place, state);
        walkFunction(step.body, state);
        return assign(step.result, state);
      case "loop": {
        use(step.test, place, state);
        const { broken } = walkLabelled(step, state);
        return step.test === null ? broken : meet(state, broken);
      }
      case "block": {
        const { end, broken } = walkLabelled(step, state);
        return meet(end, broken);
      }
      case "break":
        breaks.set(step.label, meet(breaks.get(step.label) ?? null, state));
        return null;
      case "try": {
        const handled = step.handlers.map((handler) => {
          use(handler.when, place, state);
          return walk(handler.body, state);
        });
        const end = [walk(step.body, state), ...handled].reduce(meet, null);
        if (step.finally === null) return end;
        const last = walk(step.finally, state);
        return end === null || last === null
          ? null
          : { seen: union(end.seen, last.seen), ran: union(end.ran, last.ran) };
      }
      case "wait":
        use(step.until.kind === "duration" ? step.until.ms : step.until.timestamp, place, state);
        return state;
      case "receive":
        use(step.timeoutMs, place, state);
        return assign(step.result, state);
      case "scope":
        use(step.timeoutMs, place, state);
        useRules(step.retry, place, state);
        return afterFunction(state, step.body, walkFunction(step.body, state));
      case "race":
        for (const { event } of step.alternatives) {
          if (event.kind !== "message") use(event.kind === "duration" ? event.ms : event.timestamp, place, state);
        }
        return assign(step.result, state);
      case "lock":
      case "cancellable":
        return afterFunction(state, step.body, walkFunction(step.body, state));
      case "terminate":
        use(step.value, place, state);
        return null;
      case "finish":
        use(step.value, place, state);
        returns.push(state);
        return null;
      case "fail":
        use(step.error, place, state);
        use(step.cause, place, state);
        return null;
      case "continue":
      case "rethrow":
        return null;
      case "visit":
      case "skip":
      case "control":
        return state;
      default:
        return step satisfies never;
    }
  }

  /** `broken`: what holds where its breaks leave it. A function in it may have loops and blocks of the same label. */
  function walkLabelled(
    { label, body }: Step & { kind: "loop" | "block" },
    state: State,
  ): { readonly end: State; readonly broken: State } {
    const around = breaks.get(label) ?? null;
    breaks.set(label, null);
    const end = walk(body, state);
    const broken = breaks.get(label) ?? null;
    breaks.set(label, around);
    return { end, broken };
  }

  function walkFork(step: Step & { kind: "fork" }, place: Place, state: State): State {
    const done = new Map<string, State>();
    for (const branch of inOrder(step.branches)) {
      const { after } = branch;
      let start = state;
      if (after.kind === "all") {
        for (const name of after.branches) start = ranToo(start, done.get(name) ?? null);
      } else {
        for (const { name, taken } of after.branches) use(taken, place, ranToo(state, done.get(name) ?? null), true);
      }
      done.set(branch.name, walkFunction(branch.body, start));
    }
    return step.branches.reduce((at, { name, body }) => afterFunction(at, body, done.get(name) ?? null), state);
  }

  walkFunction(table.root.sequence, { seen: none, ran: none });
  return {
    usesOf: (variable) => uses.get(variable) ?? [],
    endsAssigned(body, variable) {
      const bit = bits.get(variable);
      const end = ends.get(body) ?? null;
      return bit !== undefined && end !== null && hasBit(end.seen, bit);
    },
  };
}

/** The branches of a fork, each after those that it waits for. */
export function inOrder<
  B extends {
    readonly name: string;
    readonly after:
      | { readonly kind: "all"; readonly branches: readonly string[] }
      | { readonly kind: "count"; readonly branches: readonly { readonly name: string }[] };
  },
>(branches: readonly B[]): readonly B[] {
  const byName = new Map(branches.map((branch) => [branch.name, branch]));
  const ordered = new Set<B>();
  const visit = (branch: B): void => {
    if (ordered.has(branch)) return;
    for (const each of branch.after.branches) {
      const before = byName.get(typeof each === "string" ? each : each.name);
      if (before !== undefined) visit(before);
    }
    ordered.add(branch);
  };
  branches.forEach(visit);
  return [...ordered];
}

function hasBit(bits: Uint32Array, bit: number): boolean {
  return (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

function withBit(bits: Uint32Array, bit: number): Uint32Array {
  if (hasBit(bits, bit)) return bits;
  const copy = bits.slice();
  copy[bit >>> 5] = (copy[bit >>> 5] ?? 0) | (1 << (bit & 31));
  return copy;
}

function union(left: Uint32Array, right: Uint32Array): Uint32Array {
  return left === right ? left : left.map((word, index) => word | (right[index] ?? 0));
}

function intersection(left: Uint32Array, right: Uint32Array): Uint32Array {
  return left === right ? left : left.map((word, index) => word & (right[index] ?? 0));
}

function meet(left: State, right: State): State {
  if (left === null) return right;
  if (right === null) return left;
  return { seen: intersection(left.seen, right.seen), ran: intersection(left.ran, right.ran) };
}

function ranToo(state: State, other: State): State {
  return state === null || other === null ? state : { seen: state.seen, ran: union(state.ran, other.ran) };
}
