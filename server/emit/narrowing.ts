import type { Expression, Variable } from "../ir/expression.ts";
import { resolve, type Type } from "../ir/types.ts";

/** What a condition tells TypeScript of a value: that it is one of some literals, or none of them. */
export interface Fact {
  readonly path: string;
  readonly isOneOf: boolean;
  readonly literals: ReadonlySet<string>;
  /** What the declared type leaves; null: without number. */
  readonly declared: ReadonlySet<string> | null;
  /** Earlier facts about the value and its members hold no longer. */
  readonly isNew: boolean;
}

/**
 * Follows how TypeScript narrows types, because it refuses to compare what it thinks can never be equal
 * (error 2367) and a definition may well do so. It may know too many facts, never too few.
 */
export interface Narrowing {
  /** Runs `inside` with what is known where a condition holds, or does not; null: with no condition. */
  within<T>(condition: Expression | null, holds: boolean, inside: () => T): T;
  /** From here on, the condition holds, or does not. */
  learn(condition: Expression, holds: boolean): void;
  /** From here on, the variable has this value. */
  assigned(variable: Variable, value: Expression): void;
  /** A function returns the variable here. */
  returned(variable: Variable): void;
  /** From here on, the variable has what a function returned. */
  received(variable: Variable): void;
  /** Runs a block: what is learned in it is forgotten after it. */
  block<T>(inside: () => T): T;
  /** Begins paths that meet again. */
  merge(): Merge;
  /** Whether TypeScript would refuse to compare the two. */
  refuses(left: Expression, right: Expression): boolean;
}

/** Paths that meet again: after them holds what all of them agree on. */
export interface Merge {
  /** Runs a path that begins with a condition. It does not reach the meeting point where its result `leaves`. */
  arm<T>(condition: Expression | null, holds: boolean, inside: () => T, leaves: (result: T) => boolean): T;
  /** A path comes from here. */
  site(): void;
  /** The meeting point. */
  end(): void;
}

export function createNarrowing(): Narrowing {
  const facts: Fact[] = [];
  const identities = new Map<Variable, number>();
  /** What is left of variables where functions return them; null: without number. */
  const returns = new Map<Variable, ReadonlySet<string> | null>();
  /** Variables that something was ever learned of: most have none, and are not looked for among the facts. */
  const known = new Set<string>();

  function add(learned: readonly Fact[]): void {
    for (const fact of learned) {
      const variable = variableOf(fact.path);
      if (fact.isOneOf || fact.literals.size > 0) known.add(variable);
      if (known.has(variable)) facts.push(fact);
    }
  }

  function left(path: string | null, declared: ReadonlySet<string> | null): ReadonlySet<string> | null {
    return path === null || !known.has(variableOf(path)) ? declared : remaining([facts], path, declared);
  }

  function pathOfVariable(variable: Variable): string {
    const identity = identities.get(variable) ?? identities.size;
    identities.set(variable, identity);
    return String(identity);
  }

  function pathOf(expression: Expression): string | null {
    if (expression.kind === "variable") return pathOfVariable(expression.variable);
    if (expression.kind !== "member") return null;
    const of = pathOf(expression.of);
    return of === null ? null : `${of} ${JSON.stringify(expression.name)}`;
  }

  function factsOf(condition: Expression, holds: boolean): readonly Fact[] {
    if (condition.kind === "unary" && condition.operator === "!") return factsOf(condition.operand, !holds);
    const path = pathOf(condition);
    if (path !== null)
      return [
        { path, isOneOf: true, literals: new Set([String(holds)]), declared: literalsOf(condition), isNew: false },
      ];
    if (condition.kind !== "binary") return [];
    const { operator, left, right } = condition;
    if (operator === "&&" || operator === "||") {
      const both = [factsOf(left, holds), factsOf(right, holds)] as const;
      return (operator === "&&") === holds ? condense(both.flat()) : eitherOf(both[0], both[1]);
    }
    if (operator !== "===" && operator !== "!==") return [];
    return [
      ...comparison(left, right, (operator === "===") === holds),
      ...comparison(right, left, (operator === "===") === holds),
    ];
  }

  function comparison(side: Expression, other: Expression, isEqual: boolean): readonly Fact[] {
    const path = pathOf(side);
    const literals = literalsOf(other);
    return path === null || literals === null || (!isEqual && literals.size > 1)
      ? []
      : [{ path, isOneOf: isEqual, literals, declared: literalsOf(side), isNew: false }];
  }

  function run<T>(learned: readonly Fact[], inside: () => T): T {
    const before = facts.length;
    add(learned);
    const result = inside();
    facts.length = before;
    return result;
  }

  function merge(): Merge {
    const start = facts.length;
    const sites: (readonly Fact[])[] = [];
    const site = (): void => void sites.push(facts.slice(start));
    return {
      site,
      arm: (condition, holds, inside, leaves) =>
        run(condition === null ? [] : factsOf(condition, holds), () => {
          const result = inside();
          if (!leaves(result)) site();
          return result;
        }),
      end() {
        facts.length = start;
        add(agreed(sites, facts));
      },
    };
  }

  return {
    merge,
    within: (condition, holds, inside) => run(condition === null ? [] : factsOf(condition, holds), inside),
    learn: (condition, holds) => add(factsOf(condition, holds)),
    assigned(variable, value) {
      const path = pathOfVariable(variable);
      // TypeScript narrows to what is assigned where the declared type is a union, which boolean is too, and infers the
      // type of a constant from what is left of its value's.
      const isNarrowed = literalsOfType(variable.type) !== null || pathOf(value) !== null;
      const literals = isNarrowed ? left(pathOf(value), literalsOf(value)) : null;
      add([assignment(path, literals, variable)]);
    },
    returned(variable) {
      const here = left(pathOfVariable(variable), literalsOfType(variable.type));
      const before = returns.get(variable);
      returns.set(variable, before === undefined ? here : before && here && new Set([...before, ...here]));
    },
    received(variable) {
      add([assignment(pathOfVariable(variable), returns.get(variable) ?? null, variable)]);
    },
    block: (inside) => run([], inside),
    refuses(one, other) {
      const ofLeft = left(pathOf(one), literalsOf(one));
      const ofRight = left(pathOf(other), literalsOf(other));
      return (
        ofLeft !== null &&
        ofRight !== null &&
        !ofLeft.has("null") &&
        !ofRight.has("null") &&
        ![...ofLeft].some((literal) => ofRight.has(literal))
      );
    },
  };
}

function variableOf(path: string): string {
  const end = path.indexOf(" ");
  return end === -1 ? path : path.slice(0, end);
}

/** `literals`: what is assigned; null: without number. */
function assignment(path: string, literals: ReadonlySet<string> | null, variable: Variable): Fact {
  const declared = literalsOfType(variable.type);
  return { path, isOneOf: literals !== null, literals: literals ?? new Set(), declared, isNew: true };
}

/** The literals that TypeScript thinks are left of a value, by facts that were learned one list after the other; null: without number. */
function remaining(
  lists: readonly (readonly Fact[])[],
  path: string,
  declared: ReadonlySet<string> | null,
): ReadonlySet<string> | null {
  let left = declared;
  for (const facts of lists.toReversed()) {
    for (let index = facts.length - 1; index >= 0; index--) {
      const fact = facts[index];
      if (fact === undefined || (fact.isNew && path.startsWith(`${fact.path} `))) return left;
      if (fact.path !== path) continue;
      left = fact.isOneOf
        ? keep(left, fact.literals)
        : left && new Set([...left].filter((literal) => !fact.literals.has(literal)));
      if (fact.isNew) return left;
    }
  }
  return left;
}

/** What holds after the paths, by what holds at the end of each beside what held before them. */
function agreed(sites: readonly (readonly Fact[])[], before: readonly Fact[]): readonly Fact[] {
  const touched = new Map(sites.flat().map((fact) => [fact.path, fact]));
  return Array.from(touched.values(), ({ path, declared }): Fact | null => {
    const isNew = sites.some((site) => site.some((fact) => fact.isNew && fact.path === path));
    const left = sites.map((site) => remaining([before, site], path, declared));
    const all = left.every((literals) => literals !== null)
      ? new Set(left.flatMap((literals) => [...(literals ?? [])]))
      : null;
    if (all === null) return isNew ? { path, isOneOf: false, literals: new Set(), declared, isNew } : null;
    const known = remaining([before], path, declared);
    return !isNew && known !== null && known.size <= all.size
      ? null
      : { path, isOneOf: true, literals: all, declared, isNew };
  }).filter((fact) => fact !== null);
}

function keep(left: ReadonlySet<string> | null, literals: ReadonlySet<string>): ReadonlySet<string> {
  return left === null ? literals : new Set([...left].filter((literal) => literals.has(literal)));
}

/** What holds where one of two lists of facts does: of facts about the same value, what either of them leaves. */
function eitherOf(left: readonly Fact[], right: readonly Fact[]): readonly Fact[] {
  return condense(
    left.flatMap((fact) => right.filter(({ path }) => path === fact.path).flatMap((other) => either(fact, other))),
  );
}

/** The same facts, at most two about each value: conditions of many parts would otherwise multiply them. */
function condense(facts: readonly Fact[]): readonly Fact[] {
  const found = new Map<string, Fact>();
  for (const fact of facts) {
    const key = `${fact.isOneOf} ${fact.path}`;
    const before = found.get(key);
    const literals =
      before && (fact.isOneOf ? keep(before.literals, fact.literals) : new Set([...before.literals, ...fact.literals]));
    found.set(key, literals === undefined ? fact : { ...fact, literals });
  }
  return [...found.values()];
}

function either(fact: Fact, other: Fact): readonly Fact[] {
  if (fact.isOneOf && other.isOneOf) return [{ ...fact, literals: new Set([...fact.literals, ...other.literals]) }];
  if (fact.isOneOf) return either(other, fact);
  const literals = new Set([...fact.literals].filter((literal) => other.literals.has(literal) !== other.isOneOf));
  return literals.size === 0 ? [] : [{ ...fact, literals }];
}

/** The literals that a value can be, by its form and its type; null where they are without number. */
function literalsOf(expression: Expression): ReadonlySet<string> | null {
  if (expression.kind === "literal") return new Set([JSON.stringify(expression.value)]);
  if (expression.kind === "conditional") {
    const then = literalsOf(expression.then);
    const otherwise = literalsOf(expression.otherwise);
    return then === null || otherwise === null ? null : new Set([...then, ...otherwise]);
  }
  return literalsOfType(expression.type);
}

function literalsOfType(type: Type): ReadonlySet<string> | null {
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "literal":
      return new Set([JSON.stringify(resolved.value)]);
    case "boolean":
      return new Set(["true", "false"]);
    case "null":
      return new Set(["null"]);
    case "union": {
      const all = new Set<string>();
      for (const member of resolved.of) {
        const literals = literalsOfType(member);
        if (literals === null) return null;
        for (const literal of literals) all.add(literal);
      }
      return all;
    }
    default:
      return null;
  }
}
