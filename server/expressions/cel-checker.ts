import type { Code, Params } from "../diagnostics/catalogue.ts";
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import { showType } from "../ir/show-type.ts";
import { string, type Type } from "../ir/types.ts";
import type { Facts } from "./cel-facts.ts";
import { type CelKind, durationType, isNumeric, kindOf, timestampType } from "./cel-kinds.ts";
import type { CelNode } from "./cel-syntax.ts";
import type { Environment } from "./environment.ts";

/** What a name stands for within a macro: its variable, or a member of that: with two names, the key and value of each entry. */
export interface Binding {
  readonly variable: Variable;
  readonly member: "key" | "value" | null;
}

/** What holds at one place of an expression. */
export interface Scope {
  /** The names of the macros around it. */
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly facts: Facts;
  /** How many lambdas are around it. */
  readonly level: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What the checks of one expression share. */
export interface Checker {
  readonly environment: Environment;
  /** The typed form of a node; null after reporting why there is none. */
  check(node: CelNode, scope: Scope): Expression | null;
  /** As `check`, but a member that may be absent may be: for `has(a.b)` and `a.b != null`. */
  checkPresence(node: CelNode, scope: Scope): Expression | null;
  /** Tries another form of what was found to be fine: null, and nothing reported, where it is not, or where that was tried too often. */
  attempt<T>(form: (checker: Checker) => T | null): T | null;
  originOf(range: Range): Origin;
  /** The text of a node in back-ticks, for messages. */
  quote(node: CelNode): string;
  /** `correction`: what to write in place of the range, where that mends it. */
  report<C extends Code>(code: C, range: Range, params: Params<C>, correction?: string): void;
}

export function callOf(fn: string, args: readonly Expression[], type: Type, origin: Origin): Expression {
  return { kind: "call", fn, args, type, origin };
}

export function literalOf(value: string | number | boolean, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

/** Which runtime function makes sure that a value of unknown type is of a kind, and what it is then. */
const ASSERTIONS: ReadonlyMap<CelKind, { readonly fn: string; readonly type: Type }> = new Map([
  ["bool", { fn: "asBoolean", type: { kind: "boolean" } }],
  ["int", { fn: "asInteger", type: { kind: "integer" } }],
  ["double", { fn: "asNumber", type: { kind: "number" } }],
  ["string", { fn: "asText", type: string }],
  ["list", { fn: "asList", type: { kind: "array", element: { kind: "unknown" } } }],
] as const);

/** The expression as a value of a kind, or null where its type says that it is none. Unknown types are checked at run time. */
export function asKind(expression: Expression, kind: CelKind): Expression | null {
  const found = kindOf(expression.type);
  if (found === kind || found === "never" || (kind === "double" && found === "int")) return expression;
  const assertion = found === "dyn" ? ASSERTIONS.get(kind) : undefined;
  return assertion === undefined ? null : callOf(assertion.fn, [expression], assertion.type, expression.origin);
}

/** What leaves an expression or goes into a list or map: timestamps and durations become the text that JSON has for them. */
export function stored(expression: Expression): Expression {
  if (expression.type === timestampType)
    return callOf("formatTimestamp", [expression], { kind: "string", format: "date-time" }, expression.origin);
  if (expression.type === durationType)
    return callOf("formatDuration", [expression], { kind: "string", format: "duration" }, expression.origin);
  return expression;
}

/** How a message calls the type of an operand. */
export function showOperand(type: Type): string {
  return type === timestampType ? "timestamp" : type === durationType ? "duration" : showType(type);
}

/** What helps with an operand that an operator or function does not take; "" where nothing is known to. */
export function hintFor(type: Type): string {
  const kind = kindOf(type);
  if (kind === "null") return ", which is always null";
  if (kind !== "mixed") return "";
  const alternatives = type.kind === "union" ? type.of : [];
  return alternatives.some((alternative) => alternative.kind === "null")
    ? ", which may be null: test it first with `!= null`"
    : "";
}

export function isNumericType(type: Type): boolean {
  return isNumeric(kindOf(type));
}
