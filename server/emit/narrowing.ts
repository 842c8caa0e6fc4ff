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

  function pathOfVariable(variable: Variable): string {
    const known = identities.get(variable) ?? identities.size;
    identities.set(variable, known);
    return String(known);
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
      return (operator === "&&") === holds ? both.flat() : eitherOf(both[0], both[1]);
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
    facts.push(...learned);
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
        facts.push(...agreed(sites, facts));
      },
    };
  }

  return {
    merge,
    within: (condition, holds, inside) => run(condition === null ? [] : factsOf(condition, holds), inside),
    learn: (condition, holds) => void facts.push(...factsOf(condition, holds)),
    assigned(variable, value) {
      const path = pathOfVariable(variable);
      // TypeScript narrows to what is assigned where the declared type is a union, which boolean is too, and infers the
      // type of a constant from what is left of its value's.
      const isNarrowed = literalsOfType(variable.type) !== null || pathOf(value) !== null;
      const literals = isNarrowed ? remaining(facts, pathOf(value), literalsOf(value)) : null;
      facts.push({
        path,
        isOneOf: literals !== null,
        literals: literals ?? new Set(),
        declared: literalsOfType(variable.type),
        isNew: true,
      });
    },
    returned(variable) {
      const left = remaining(facts, pathOfVariable(variable), literalsOfType(variable.type));
      const before = returns.get(variable);
      returns.set(variable, before === undefined ? left : before && left && new Set([...before, ...left]));
    },
    received(variable) {
      const literals = returns.get(variable) ?? null;
      facts.push({ path: pathOfVariable(variable), isOneOf: literals !== null, literals: literals ?? new Set(), declared: literalsOfType(variable.type), isNew: true });
    },
    block: (inside) => run([], inside),
    refuses(left, right) {
      const ofLeft = remaining(facts, pathOf(left), literalsOf(left));
      const ofRight = remaining(facts, pathOf(right), literalsOf(right));
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

/** The literals that TypeScript thinks are left of a value; null: without number. */
function remaining(
  facts: readonly Fact[],
  path: string | null,
  declared: ReadonlySet<string> | null,
): ReadonlySet<string> | null {
  let left = declared;
  for (let index = facts.length - 1; index >= 0 && path !== null; index--) {
    const fact = facts[index];
    if (fact === undefined || (fact.isNew && path.startsWith(`${fact.path} `))) break;
    if (fact.path !== path) continue;
    left = fact.isOneOf
      ? keep(left, fact.literals)
      : left && new Set([...left].filter((literal) => !fact.literals.has(literal)));
    if (fact.isNew) break;
  }
  return left;
}

/** What holds after the paths, by what holds at the end of each beside what held before them. */
function agreed(sites: readonly (readonly Fact[])[], before: readonly Fact[]): readonly Fact[] {
  const touched = new Map(sites.flat().map((fact) => [fact.path, fact]));
  return Array.from(touched.values(), ({ path, declared }): Fact | null => {
    const isNew = sites.some((site) => site.some((fact) => fact.isNew && fact.path === path));
    const left = sites.map((site) => remaining([...before, ...site], path, declared));
    const all = left.every((literals) => literals !== null)
      ? new Set(left.flatMap((literals) => [...(literals ?? [])]))
      : null;
    if (all === null) return isNew ? { path, isOneOf: false, literals: new Set(), declared, isNew } : null;
    const known = remaining(before, path, declared);
    return !isNew && known !== null && known.size <= all.size
      ? null
      : { path, isOneOf: true, literals: all, declared, isNew };
  }).filter((fact) => fact !== null);
}

function keep(left: ReadonlySet<string> | null, literals: ReadonlySet<string>): ReadonlySet<string> {
  return left === null ? literals : new Set([...left].filter((literal) => literals.has(literal)));
}

/** What both say of the same value: one of the literals of either. */
function eitherOf(left: readonly Fact[], right: readonly Fact[]): readonly Fact[] {
  return left.flatMap((fact) => {
    const other = right.find(({ path, isOneOf }) => fact.isOneOf && isOneOf && path === fact.path);
    return other === undefined ? [] : [{ ...fact, literals: new Set([...fact.literals, ...other.literals]) }];
  });
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
