import type { Expression, Variable } from "../ir/expression.ts";
import { type ObjectType, resolve, type Type } from "../ir/types.ts";

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
  /** Whether TypeScript thinks that nothing is left of a value but null and undefined. */
  isAbsent(value: Expression): boolean;
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
  /** What is left of variables, and of their members, where functions return them; null: without number. */
  const returns = new Map<Variable, ReadonlyMap<string, ReadonlySet<string> | null>>();
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
    return of === null ? null : memberPath(of, expression.name);
  }

  /** Of `has(a.b)`: whether a value is there is kept beside what it can be. */
  function pathOfTested(condition: Expression): string | null {
    const [value] = condition.kind === "call" && isPresenceTest(condition.fn) ? condition.args : [];
    const path = value === undefined ? null : pathOf(value);
    return path === null ? null : memberPath(path, PRESENCE);
  }

  function factsOf(condition: Expression, holds: boolean): readonly Fact[] {
    if (condition.kind === "unary" && condition.operator === "!") return factsOf(condition.operand, !holds);
    const path = pathOf(condition);
    if (path !== null)
      return [
        { path, isOneOf: true, literals: new Set([String(holds)]), declared: literalsOf(condition), isNew: false },
      ];
    const tested = pathOfTested(condition);
    if (tested !== null)
      return [{ path: tested, isOneOf: true, literals: new Set([String(holds)]), declared: null, isNew: false }];
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
    const isOpen = isEqual && ["unknown", "union"].includes(resolve(side.type).kind);
    const literals = isOpen ? possible(other) : literalsOf(other);
    return path === null || literals === null || (!isEqual && literals.size > 1)
      ? []
      : [{ path, isOneOf: isEqual, literals, declared: literalsOf(side), isNew: false }];
  }

  /** An object that is assigned tells its alternative of a union apart. */
  function membersAssigned(path: string, variable: Variable, value: Expression): readonly Fact[] {
    const of = pathOf(value);
    return tellingMembers(variable.type).flatMap(({ name, declared }) => {
      const written = value.kind === "object" ? value.members.find(({ key }) => key === name)?.value : undefined;
      const given = written === undefined ? literalsOfMember(value.type, name) : literalsOf(written);
      return oneOf(memberPath(path, name), left(of === null ? null : memberPath(of, name), given), declared);
    });
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
      const isUnion = resolve(variable.type).kind === "union";
      const literals =
        isNarrowed || isUnion ? left(pathOf(value), isUnion ? possible(value) : literalsOf(value)) : null;
      add([assignment(path, literals, variable), ...membersAssigned(path, variable, value)]);
    },
    returned(variable) {
      const path = pathOfVariable(variable);
      const here = new Map([[path, left(path, literalsOfType(variable.type))]]);
      for (const { name, declared } of tellingMembers(variable.type))
        here.set(memberPath(path, name), left(memberPath(path, name), declared));
      const before = returns.get(variable);
      for (const [each, literals] of before ?? []) {
        const other = here.get(each) ?? null;
        here.set(each, literals && other && new Set([...literals, ...other]));
      }
      returns.set(variable, here);
    },
    received(variable) {
      const path = pathOfVariable(variable);
      const known = returns.get(variable);
      const members = tellingMembers(variable.type).flatMap(({ name, declared }) =>
        oneOf(memberPath(path, name), known?.get(memberPath(path, name)) ?? null, declared),
      );
      add([assignment(path, known?.get(path) ?? null, variable), ...members]);
    },
    block: (inside) => run([], inside),
    isAbsent(value) {
      const path = pathOf(value);
      if (path === null) return false;
      const isThere = left(memberPath(path, PRESENCE), null);
      const literals = left(path, literalsOf(value));
      return isThere?.has("true") === false || (literals?.size === 1 && literals.has("null"));
    },
    refuses(one, other) {
      const ofLeft = left(pathOf(one), possible(one));
      const ofRight = left(pathOf(other), possible(other));
      return (
        ofLeft !== null &&
        ofRight !== null &&
        !ofLeft.has("null") &&
        !ofRight.has("null") &&
        keep(ofLeft, ofRight).size === 0
      );
    },
  };
}

/** Stands among the members of a value for whether it is there. */
const PRESENCE = "has()";

export function isPresenceTest(fn: string): boolean {
  return fn === "has" || fn === "isSet";
}

function memberPath(of: string, name: string): string {
  return `${of} ${JSON.stringify(name)}`;
}

function oneOf(path: string, literals: ReadonlySet<string> | null, declared: ReadonlySet<string>): readonly Fact[] {
  return literals === null ? [] : [{ path, isOneOf: true, literals, declared, isNew: false }];
}

/** The members of a union of objects that may tell these apart, and what each can be. */
function tellingMembers(type: Type): readonly { readonly name: string; readonly declared: ReadonlySet<string> }[] {
  if (resolve(type).kind !== "union") return [];
  const names = new Set(objectsOf(type).flatMap(({ members }) => [...members.keys()]));
  return [...names].flatMap((name) => {
    const declared = literalsOfMember(type, name);
    return declared === null ? [] : [{ name, declared }];
  });
}

/** What a member can be in those objects of a type that have it; null where that is without number, or in none. */
function literalsOfMember(type: Type, name: string): ReadonlySet<string> | null {
  const types = objectsOf(type).flatMap(({ members }) => members.get(name)?.type ?? []);
  return types.length === 0 ? null : literalsOfType({ kind: "union", of: types });
}

function objectsOf(type: Type): readonly ObjectType[] {
  const resolved = resolve(type);
  const alternatives = resolved.kind === "union" ? resolved.of.map(resolve) : [resolved];
  return alternatives.filter((alternative) => alternative.kind === "object");
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
  const renewed = new Set(sites.flatMap((site) => site.flatMap(({ isNew, path }) => (isNew ? [path] : []))));
  const inOrder = [...touched.values()].sort((one, other) => one.path.length - other.path.length);
  return inOrder
    .map(({ path, declared }): Fact | null => {
      const isNew = renewed.has(path);
      const left = sites.map((site) => remaining([before, site], path, declared));
      const all = left.every((literals) => literals !== null)
        ? new Set(left.flatMap((literals) => [...(literals ?? [])]))
        : null;
      if (all === null) return isNew ? { path, isOneOf: false, literals: new Set(), declared, isNew } : null;
      const known = remaining([before], path, declared);
      return !isNew && !renewed.has(variableOf(path)) && known !== null && known.size <= all.size
        ? null
        : { path, isOneOf: true, literals: all, declared, isNew };
    })
    .filter((fact) => fact !== null);
}

/** What is in both; `string` and `number` stand for any of theirs. */
function keep(left: ReadonlySet<string> | null, literals: ReadonlySet<string>): ReadonlySet<string> {
  if (left === null) return literals;
  const isIn = (literal: string, set: ReadonlySet<string>): boolean => set.has(literal) || set.has(kindOf(literal));
  return new Set([
    ...[...left].filter((literal) => isIn(literal, literals)),
    ...[...literals].filter((literal) => isIn(literal, left)),
  ]);
}

function kindOf(literal: string): string {
  return literal.startsWith('"') ? "string" : /^[-\d]/.test(literal) ? "number" : literal;
}

/** The literals that a value can be, and `string` and `number` for those without number; null where it can be more. */
function possible(expression: Expression): ReadonlySet<string> | null {
  return literalsOf(expression) ?? kindsOfType(expression.type);
}

function kindsOfType(type: Type): ReadonlySet<string> | null {
  const resolved = resolve(type);
  if (resolved.kind === "string") return new Set(["string"]);
  if (resolved.kind === "number" || resolved.kind === "integer") return new Set(["number"]);
  if (resolved.kind !== "union") return literalsOfType(resolved);
  const kinds = resolved.of.map(kindsOfType);
  return kinds.includes(null) ? null : new Set(kinds.flatMap((each) => [...(each ?? [])]));
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
  if (expression.kind === "unary" && expression.operand.kind === "literal") return negated(expression.operand.value);
  return literalsOfType(expression.type);
}

/** Of `-1`, which is a literal, and of `-0`, which is the same as `0`. */
function negated(value: null | boolean | number | string): ReadonlySet<string> | null {
  return typeof value === "number" ? new Set([JSON.stringify(-value)]) : null;
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
