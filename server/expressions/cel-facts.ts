import type { Expression, Variable } from "../ir/expression.ts";
import { memberOf, resolve, type Type, union, unknown } from "../ir/types.ts";
import { canEqual } from "./cel-kinds.ts";

/** What a test before it makes certain about a value that an expression reads again: `has(a.b) ? a.b : 0`. */
export interface Fact {
  /** The value is there, and not null where `type` has no null. */
  readonly type: Type;
  /** In how many lambdas the test stands. TypeScript forgets what it knows of members when a function begins. */
  readonly level: number;
  /** Whether TypeScript follows it too: the value is a variable or a chain of members of one. */
  readonly native: boolean;
}

/** By `keyOf` of the value. */
export type Facts = ReadonlyMap<string, Fact>;

/** Longer expressions are not recognised again. */
const MAX_KEY = 500;
const variables = new WeakMap<Variable, number>();
let lastVariable = 0;

/** Equal for expressions that read the same value; null where the expression is too involved to be recognised. */
export function keyOf(expression: Expression): string | null {
  const key = writeKey(expression);
  return key === null || key.length > MAX_KEY ? null : key;
}

/** The key of a member, however it is read. */
export function keyOfMember(of: Expression, name: string): string | null {
  const key = keyOf(of);
  return key === null ? null : `${key}.${JSON.stringify(name)}`;
}

function keyOfVariable(variable: Variable): string {
  const id = variables.get(variable) ?? ++lastVariable;
  variables.set(variable, id);
  return `$${id}`;
}

function writeKey(expression: Expression): string | null {
  switch (expression.kind) {
    case "variable":
      return keyOfVariable(expression.variable);
    case "member":
      return keyOfMember(expression.of, expression.name);
    case "literal":
      return JSON.stringify(expression.value);
    case "call":
      return writeCallKey(expression.fn, expression.args);
    default:
      return null;
  }
}

const MEMBER_READERS: ReadonlySet<string> = new Set([
  "entry",
  "lookup",
  "dynamicMember",
  "dynamicEntry",
  "dynamicLookup",
  "hasKey",
  "hasMember",
  "ownMember",
]);

function writeCallKey(fn: string, args: readonly Expression[]): string | null {
  const [first, second] = args;
  if (first !== undefined && (fn === "present" || fn === "nonNull")) return keyOf(first);
  if (first !== undefined && second?.kind === "literal" && typeof second.value === "string" && MEMBER_READERS.has(fn))
    return keyOfMember(first, second.value);
  const keys = args.map(keyOf);
  return keys.includes(null) ? null : `${fn}(${keys.join()})`;
}

/** Whether TypeScript narrows the expression by tests of it. */
function isReference(expression: Expression): boolean {
  return expression.kind === "variable" || (expression.kind === "member" && isReference(expression.of));
}

/** What is certain where `test` has come out as `holds`. */
export function factsWhen(test: Expression, holds: boolean, level: number): readonly (readonly [string, Fact])[] {
  switch (test.kind) {
    case "unary":
      return test.operator === "!" ? factsWhen(test.operand, !holds, level) : [];
    case "binary":
      if (test.operator === (holds ? "&&" : "||"))
        return [...factsWhen(test.left, holds, level), ...factsWhen(test.right, holds, level)];
      if (test.operator === "===" || test.operator === "!==")
        return factsOfEquality(test.left, test.right, holds === (test.operator === "==="), level);
      return [];
    case "call":
      if (test.fn === (holds ? "allTrue" : "anyTrue"))
        return test.args.flatMap((condition) =>
          condition.kind === "lambda" ? withoutTypeScript(condition.body, holds, level) : [],
        );
      return holds ? factsOfPresence(test.fn, test.args, level) : [];
    case "variable":
    case "member":
      return factsOfEquality(
        test,
        { kind: "literal", value: holds, type: { kind: "literal", value: holds }, origin: test.origin },
        true,
        level,
      );
    default:
      return [];
  }
}

/** What a function that is handed over makes certain, which TypeScript does not follow. */
function withoutTypeScript(test: Expression, holds: boolean, level: number): readonly (readonly [string, Fact])[] {
  return factsWhen(test, holds, level).map(([key, known]) => [key, { ...known, native: false }] as const);
}

/** The facts with what `test` adds. */
export function learn(facts: Facts, test: Expression, holds: boolean, level: number): Facts {
  const learnt = factsWhen(test, holds, level);
  return learnt.length === 0 ? facts : new Map([...facts, ...learnt]);
}

function fact(of: Expression, type: Type, level: number): readonly (readonly [string, Fact])[] {
  const key = keyOf(of);
  return key === null ? [] : [[key, { type, level, native: isReference(of) }]];
}

function factsOfPresence(fn: string, args: readonly Expression[], level: number): readonly (readonly [string, Fact])[] {
  const [first, second] = args;
  if (first === undefined) return [];
  if (fn === "has") return fact(first, first.type, level);
  if (fn === "isSet")
    return fact(
      first,
      without(first.type, (type) => type.kind === "null"),
      level,
    );
  if ((fn !== "hasKey" && fn !== "hasMember") || second?.kind !== "literal" || typeof second.value !== "string")
    return [];
  const member = memberOf(first.type, second.value);
  const key = keyOfMember(first, second.value);
  return key === null ? [] : [[key, { type: member?.type ?? unknown, level, native: false }]];
}

function factsOfEquality(
  left: Expression,
  right: Expression,
  equal: boolean,
  level: number,
): readonly (readonly [string, Fact])[] {
  if (left.kind === "literal") return right.kind === "literal" ? [] : factsOfEquality(right, left, equal, level);
  if (right.kind !== "literal" || !isReference(left)) return [];
  const facts = [...fact(left, narrow(left.type, right.type, equal), level)];
  if (left.kind === "member" && isDiscriminated(left.of.type, left.name)) {
    const { name, of } = left;
    const differs = (type: Type): boolean => {
      const member = memberOf(type, name);
      return member !== null && narrow(member.type, right.type, equal).kind === "never";
    };
    facts.push(...fact(of, without(of.type, differs), level));
  }
  return facts;
}

/** The type where its value is (or is not) equal to one of a literal type. */
function narrow(type: Type, literal: Type, equal: boolean): Type {
  const resolved = resolve(type);
  if (!equal) return without(type, (alternative) => isSameLiteral(alternative, literal));
  if (resolved.kind === "unknown") return type;
  return canEqual(type, literal)
    ? literal.kind === "null"
      ? literal
      : narrowToLiteral(type, literal)
    : { kind: "never" };
}

function narrowToLiteral(type: Type, literal: Type): Type {
  const resolved = resolve(type);
  if (resolved.kind !== "union") return literal;
  return union(
    resolved.of
      .filter((alternative) => canEqual(alternative, literal))
      .map((alternative) => narrowToLiteral(alternative, literal)),
  );
}

function isSameLiteral(type: Type, literal: Type): boolean {
  if (type.kind === "literal" && literal.kind === "literal") return type.value === literal.value;
  return type.kind === "null" && literal.kind === "null";
}

/** The union without the alternatives that `drops` says; a boolean counts as its two values. */
function without(type: Type, drops: (alternative: Type) => boolean): Type {
  const resolved = resolve(type);
  if (resolved.kind === "boolean") {
    const values = [true, false].map((value): Type => ({ kind: "literal", value })).filter((value) => !drops(value));
    return values.length === 2 ? type : union(values);
  }
  if (resolved.kind !== "union") return drops(resolved) ? { kind: "never" } : type;
  const kept = resolved.of.map((alternative) =>
    resolve(alternative).kind === "boolean" || resolve(alternative).kind === "union"
      ? without(alternative, drops)
      : drops(alternative)
        ? null
        : alternative,
  );
  const left = union(kept.filter((alternative) => alternative !== null));
  return left.kind === "union" && left.of.length === resolved.of.length ? type : left;
}

/** Whether TypeScript takes the member for the discriminant of a union: required everywhere, and of literal types. */
function isDiscriminated(type: Type, name: string): boolean {
  const resolved = resolve(type);
  return (
    resolved.kind === "union" &&
    resolved.of.every((alternative) => {
      const shape = resolve(alternative);
      const member = shape.kind === "object" ? shape.members.get(name) : undefined;
      return member?.required === true && isUnit(resolve(member.type));
    })
  );
}

function isUnit(type: Type): boolean {
  return (
    type.kind === "literal" ||
    type.kind === "null" ||
    type.kind === "boolean" ||
    (type.kind === "union" && type.of.every(isUnit))
  );
}

/** What the filters of a list make certain about each of its items, which is bound to `item`: `items.filter(i, has(i.price))`. */
export function factsOfItems(list: Expression, item: Variable, level: number): readonly (readonly [string, Fact])[] {
  if (list.kind !== "call" || list.fn !== "filterList") return [];
  const [source, test] = list.args;
  const [bound] = test?.kind === "lambda" ? test.parameters : [];
  if (source === undefined || test?.kind !== "lambda" || bound === undefined) return [];
  const [from, to] = [keyOfVariable(bound), keyOfVariable(item)];
  const learnt = factsWhen(test.body, true, level).flatMap(([key, known]) =>
    key === from || key.startsWith(`${from}.`)
      ? [[`${to}${key.slice(from.length)}`, { ...known, native: false }] as const]
      : [],
  );
  return [...factsOfItems(source, item, level), ...learnt];
}
