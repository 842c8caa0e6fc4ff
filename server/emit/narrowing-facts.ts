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

/** Stands among the members of a value for whether it is there. */
export const PRESENCE = "has()";

export function isPresenceTest(fn: string): boolean {
  return fn === "has" || fn === "isSet";
}

export function memberPath(of: string, name: string): string {
  return `${of} ${JSON.stringify(name)}`;
}

export function oneOf(
  path: string,
  literals: ReadonlySet<string> | null,
  declared: ReadonlySet<string>,
): readonly Fact[] {
  return literals === null ? [] : [{ path, isOneOf: true, literals, declared, isNew: false }];
}

/** The members of a union of objects that may tell these apart, and what each can be. */
export function tellingMembers(
  type: Type,
): readonly { readonly name: string; readonly declared: ReadonlySet<string> }[] {
  if (resolve(type).kind !== "union") return [];
  const names = new Set(objectsOf(type).flatMap(({ members }) => [...members.keys()]));
  return [...names].flatMap((name) => {
    const declared = literalsOfMember(type, name);
    return declared === null ? [] : [{ name, declared }];
  });
}

/** What a member can be in those objects of a type that have it; null where that is without number, or in none. */
export function literalsOfMember(type: Type, name: string): ReadonlySet<string> | null {
  const types = objectsOf(type).flatMap(({ members }) => members.get(name)?.type ?? []);
  return types.length === 0 ? null : literalsOfType({ kind: "union", of: types });
}

function objectsOf(type: Type): readonly ObjectType[] {
  const resolved = resolve(type);
  const alternatives = resolved.kind === "union" ? resolved.of.map(resolve) : [resolved];
  return alternatives.filter((alternative) => alternative.kind === "object");
}

export function variableOf(path: string): string {
  const end = path.indexOf(" ");
  return end === -1 ? path : path.slice(0, end);
}

/** `literals`: what is assigned; null: without number. */
export function assignment(path: string, literals: ReadonlySet<string> | null, variable: Variable): Fact {
  const declared = literalsOfType(variable.type);
  return { path, isOneOf: literals !== null, literals: literals ?? new Set(), declared, isNew: true };
}

/** Facts in the order of their learning. Those about one variable are found without going through the others. */
export interface FactList {
  readonly length: number;
  add(fact: Fact): void;
  /** Forgets all but the first so many. */
  truncate(length: number): void;
  from(start: number): readonly Fact[];
  /** Facts about the variable and its members. */
  of(variable: string): readonly Fact[];
}

const noFacts: readonly Fact[] = [];

export function createFacts(given: readonly Fact[] = noFacts): FactList {
  const all: Fact[] = [];
  const byVariable = new Map<string, Fact[]>();
  const list: FactList = {
    get length() {
      return all.length;
    },
    add(fact) {
      all.push(fact);
      const variable = variableOf(fact.path);
      const own = byVariable.get(variable);
      if (own === undefined) byVariable.set(variable, [fact]);
      else own.push(fact);
    },
    truncate(length) {
      for (const { path } of all.splice(length)) byVariable.get(variableOf(path))?.pop();
    },
    from: (start) => all.slice(start),
    of: (variable) => byVariable.get(variable) ?? noFacts,
  };
  given.forEach(list.add);
  return list;
}

/** The literals that TypeScript thinks are left of a value, by facts that were learned one list after the other; null: without number. */
export function remaining(
  lists: readonly FactList[],
  path: string,
  declared: ReadonlySet<string> | null,
): ReadonlySet<string> | null {
  const variable = variableOf(path);
  let left = declared;
  /** What is left out, one test of many alike after the other, is taken away at once. */
  const excluded = new Set<string>();
  const rest = (): ReadonlySet<string> | null => {
    if (left !== null && excluded.size > 0) left = new Set([...left].filter((literal) => !excluded.has(literal)));
    excluded.clear();
    return left;
  };
  for (const list of lists.toReversed()) {
    const facts = list.of(variable);
    for (let index = facts.length - 1; index >= 0; index--) {
      const fact = facts[index];
      if (fact === undefined || (fact.isNew && path.startsWith(`${fact.path} `))) return rest();
      if (fact.path !== path) continue;
      if (fact.isOneOf) left = keep(rest(), fact.literals);
      else if (left !== null) for (const literal of fact.literals) excluded.add(literal);
      if (fact.isNew) return rest();
    }
  }
  return rest();
}

/** What holds after the paths, by what holds at the end of each beside what held before them. */
export function agreed(sites: readonly (readonly Fact[])[], before: FactList): readonly Fact[] {
  const lists = sites.map(createFacts);
  const touched = new Map(sites.flat().map((fact) => [fact.path, fact]));
  const renewed = new Set(sites.flatMap((site) => site.flatMap(({ isNew, path }) => (isNew ? [path] : []))));
  const inOrder = [...touched.values()].sort((one, other) => one.path.length - other.path.length);
  return inOrder
    .map(({ path, declared }): Fact | null => {
      const isNew = renewed.has(path);
      const left = lists.map((site) => remaining([before, site], path, declared));
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
export function keep(left: ReadonlySet<string> | null, literals: ReadonlySet<string>): ReadonlySet<string> {
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
export function possible(expression: Expression): ReadonlySet<string> | null {
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
export function eitherOf(left: readonly Fact[], right: readonly Fact[]): readonly Fact[] {
  return condense(
    left.flatMap((fact) => right.filter(({ path }) => path === fact.path).flatMap((other) => either(fact, other))),
  );
}

/** The same facts, at most two about each value: conditions of many parts would otherwise multiply them. */
export function condense(facts: readonly Fact[]): readonly Fact[] {
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
export function literalsOf(expression: Expression): ReadonlySet<string> | null {
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

const knownLiterals = new WeakMap<Type, ReadonlySet<string> | null>();

export function literalsOfType(type: Type): ReadonlySet<string> | null {
  let literals = knownLiterals.get(type);
  if (literals === undefined) {
    literals = findLiterals(type);
    knownLiterals.set(type, literals);
  }
  return literals;
}

function findLiterals(type: Type): ReadonlySet<string> | null {
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
