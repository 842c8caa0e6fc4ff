/**
 * Ordered multi-valued decision diagrams (after Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986):
 * boolean functions over variables with a few values each, hash-consed, so that equal functions are the same number.
 * A later variable stands above an earlier one: a condition that is narrowed step by step then shares all that it
 * narrows. No operation recurses, and each gives null where it would go beyond the limits.
 */
export type Diagram = number;

export const NEVER: Diagram = 0;
export const ALWAYS: Diagram = 1;

/** Counted over the life of the diagrams; small enough that using all of it takes well under a second. */
const MAX_NODES = 50_000;
const MAX_CELLS = 2_000_000;
/** An operation this small goes through even where the limits are reached. */
const FREE_CELLS = 256;

export interface Diagrams {
  literal(variable: number, value: number): Diagram | null;
  and(a: Diagram, b: Diagram): Diagram | null;
  or(a: Diagram, b: Diagram): Diagram | null;
  /** A function that equals `a` wherever `b` holds, over no more variables than `a`: ALWAYS where `b` implies `a`. */
  given(a: Diagram, b: Diagram): Diagram | null;
  /** The narrowest function that `a` implies and that depends on variables with `keep` only. */
  weaken(a: Diagram, keep: (variable: number) => boolean): Diagram | null;
  /** The first of the variables that the function depends on, or -1. */
  earliest(a: Diagram): number;
  /** The values of `earliest` under which the function can hold, as a bit each. */
  possible(a: Diagram): bigint;
}

type Operation = "and" | "or" | "given";

/** One step of an operation: the results for the values of `variable` are still being found. */
interface Frame {
  readonly key: number;
  readonly variable: number;
  readonly left: Diagram;
  readonly right: Diagram;
  readonly results: Diagram[];
}

const PENDING = -1;
/** Stands for the result under a value that `given` need not care about. */
const HOLE = -2;
const LEAF = -1;
/** Node numbers are below it, so that two of them make one exact key. */
const KEY_BASE = 2 ** 26;

/** `arities` has the number of values of each variable, in their order. */
export function createDiagrams(arities: readonly number[]): Diagrams {
  const variables: number[] = [LEAF, LEAF];
  const children: (readonly Diagram[])[] = [[], []];
  const earliests: number[] = [LEAF, LEAF];
  const possibles: bigint[] = [0n, 0n];
  /** By variable, then by children. */
  const unique: Map<number | string, Diagram>[] = [];
  const memos = { and: new Map<number, Diagram>(), or: new Map<number, Diagram>(), given: new Map<number, Diagram>() };
  let cells = 0;

  const variableOf = (a: Diagram): number => variables[a] ?? LEAF;
  const earliestOf = (a: Diagram): number => earliests[a] ?? LEAF;
  const arityOf = (variable: number): number => arities[variable] ?? 0;
  const under = (a: Diagram, variable: number, value: number): Diagram =>
    variableOf(a) === variable ? (children[a]?.[value] ?? NEVER) : a;

  function node(variable: number, results: readonly Diagram[]): Diagram {
    const first = results[0] ?? NEVER;
    if (results.every((result) => result === first)) return first;
    const [, second = NEVER] = results;
    const key = results.length === 2 ? first * KEY_BASE + second : results.join();
    const siblings = unique[variable] ?? new Map<number | string, Diagram>();
    unique[variable] = siblings;
    const known = siblings.get(key);
    if (known !== undefined) return known;
    let earliest = variable;
    for (const result of results) if (result > ALWAYS) earliest = Math.min(earliest, earliestOf(result));
    possibles.push(possibleValues(variable, earliest, results));
    variables.push(variable);
    children.push(results);
    earliests.push(earliest);
    siblings.set(key, variables.length - 1);
    return variables.length - 1;
  }

  function possibleValues(variable: number, earliest: number, results: readonly Diagram[]): bigint {
    let mask = 0n;
    for (let value = 0; value < results.length; value += 1) {
      const result = results[value] ?? NEVER;
      if (result === NEVER) continue;
      if (variable === earliest) mask |= 1n << BigInt(value);
      else if (earliestOf(result) === earliest) mask |= possibles[result] ?? 0n;
      else return (1n << BigInt(arityOf(earliest))) - 1n;
    }
    return mask;
  }

  function literal(variable: number, value: number): Diagram | null {
    const arity = arityOf(variable);
    if (arity > FREE_CELLS && !spend(arity)) return null;
    return node(
      variable,
      Array.from({ length: arity }, (_, index) => (index === value ? ALWAYS : NEVER)),
    );
  }

  function spend(count: number): boolean {
    cells += count;
    return cells <= MAX_CELLS && variables.length <= MAX_NODES;
  }

  /** The result where it shows at once, else PENDING. */
  function shortcut(operation: Operation, a: Diagram, b: Diagram): Diagram {
    if (operation === "given") {
      if (b === ALWAYS || b === NEVER || a <= ALWAYS) return a;
      return a === b ? ALWAYS : PENDING;
    }
    if (a === b) return a;
    const [absorbing, neutral] = operation === "and" ? [NEVER, ALWAYS] : [ALWAYS, NEVER];
    if (a === absorbing || b === absorbing) return absorbing;
    if (a === neutral) return b;
    return b === neutral ? a : PENDING;
  }

  function apply(operation: Operation, a: Diagram, b: Diagram): Diagram | null {
    const memo = memos[operation];
    const frames: Frame[] = [];
    let spent = 0;

    /** The result, or PENDING after it was put on the frames. */
    function enter(left: Diagram, right: Diagram): Diagram {
      const found = shortcut(operation, left, right);
      if (found !== PENDING) return found;
      const swapped = operation !== "given" && left > right;
      const key = swapped ? right * KEY_BASE + left : left * KEY_BASE + right;
      const known = memo.get(key);
      if (known !== undefined) return known;
      const variable = operation === "given" ? variableOf(left) : Math.max(variableOf(left), variableOf(right));
      frames.push({ key, variable, left, right, results: [] });
      return PENDING;
    }

    /** `given` needs no variables of its condition above its own: they are quantified away. */
    function conditionBelow(left: Diagram, right: Diagram): Diagram | null {
      let condition: Diagram | null = right;
      while (condition !== null && variableOf(condition) > variableOf(left)) {
        condition = anyOf(children[condition] ?? []);
      }
      return condition;
    }

    function enterValue(frame: Frame, value: number): Diagram | null {
      const left = under(frame.left, frame.variable, value);
      const right = under(frame.right, frame.variable, value);
      if (operation !== "given") return enter(left, right);
      if (right === NEVER) return HOLE;
      const condition = conditionBelow(left, right);
      return condition === null ? null : enter(left, condition);
    }

    const start = operation === "given" && a > ALWAYS ? conditionBelow(a, b) : b;
    if (start === null) return null;
    let value = enter(a, start);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      if (value !== PENDING) frame.results.push(value);
      if (frame.results.length === arityOf(frame.variable)) {
        frames.pop();
        value = node(frame.variable, withoutHoles(frame.results));
        memo.set(frame.key, value);
        continue;
      }
      spent += 1;
      if (!spend(1) && spent > FREE_CELLS) return null;
      const next = enterValue(frame, frame.results.length);
      if (next === null) return null;
      value = next;
    }
    return value;
  }

  function anyOf(parts: readonly Diagram[]): Diagram | null {
    let all: Diagram | null = NEVER;
    for (const part of parts) {
      if (all !== null) all = apply("or", all, part);
    }
    return all;
  }

  function weaken(a: Diagram, keep: (variable: number) => boolean): Diagram | null {
    const images = new Map<Diagram, Diagram>([
      [NEVER, NEVER],
      [ALWAYS, ALWAYS],
    ]);
    // Children have smaller numbers than their parents.
    for (const each of reachable(a).sort((x, y) => x - y)) {
      const results = (children[each] ?? []).map((child) => images.get(child) ?? ALWAYS);
      if (!spend(results.length)) return null;
      const image = keep(variableOf(each)) ? node(variableOf(each), results) : anyOf(results);
      if (image === null) return null;
      images.set(each, image);
    }
    return images.get(a) ?? null;
  }

  function reachable(a: Diagram): Diagram[] {
    const seen = new Set<Diagram>(a > ALWAYS ? [a] : []);
    for (const each of seen) {
      for (const child of children[each] ?? []) {
        if (child > ALWAYS) seen.add(child);
      }
    }
    return [...seen];
  }

  return {
    literal,
    and: (a, b) => apply("and", a, b),
    or: (a, b) => apply("or", a, b),
    given: (a, b) => apply("given", a, b),
    weaken,
    earliest: earliestOf,
    possible: (a) => possibles[a] ?? 0n,
  };
}

function withoutHoles(results: readonly Diagram[]): readonly Diagram[] {
  if (!results.includes(HOLE)) return results;
  const substitute = results.find((result) => result !== HOLE) ?? NEVER;
  return results.map((result) => (result === HOLE ? substitute : result));
}
