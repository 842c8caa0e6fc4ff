import type { Expression } from "../ir/expression.ts";
import { unknown } from "../ir/types.ts";
import { tailsOf } from "./jsonata-binding.ts";
import { translateLambda } from "./jsonata-calls.ts";
import { type QueryBuiltin, queryBuiltins } from "./jsonata-functions.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import { contextUse, isFunctionNode, kindsOf, type QuerySignature, readSignature } from "./jsonata-signature.ts";
import { array, boundVariable, lambda, type Place, type Translated, type Translator } from "./jsonata-translator.ts";
import { literal } from "./jsonpath-values.ts";

/** A call of a function of the language. */
interface BuiltinCall {
  readonly name: string;
  readonly builtin: QueryBuiltin;
  readonly node: QueryNode;
  /** Arguments from outside of the parentheses, and those within. */
  readonly before: readonly Expression[];
  readonly given: readonly QueryNode[];
}

export function translateBuiltin(t: Translator, call: BuiltinCall, place: Place): Translated {
  const { name, builtin, node, before, given } = call;
  const signature = readSignature(builtin.signature);
  // A function that is written in the call is translated when its place is known.
  const values = given.map((argument) => (isFunctionNode(argument) ? null : t.translate(argument, place)));
  const kinds = [...before, ...values].map((value) => (value === null ? "f" : kindsOf(value)));
  const use = contextUse(signature, kinds.slice(0, signature.parameters.length + 1));
  checkCount(name, signature, kinds.length, use, node);
  const isShifted = use === "always";
  const argumentAt = (value: Expression | null, index: number): Expression => {
    const argument = given[index - before.length];
    const isCallback = index + Number(isShifted) === builtin.callback;
    if (argument === undefined || !isCallback) return value ?? t.translate(argument ?? node, place);
    return callbackOf(t, name, argument, value, place);
  };
  const args = [...before, ...values].map(argumentAt);
  if (use === "perhaps" && place.context !== null)
    return { value: signedCall(t, call, signature, args, place.context), isMany: builtin.isMany === true };
  const all = isShifted ? [contextArgument(t, name, signature, place), ...args] : args;
  // What is passed on may still be a sequence.
  const isMany = builtin.isMany === true || args.some((value) => t.settled(value) !== value);
  const callback = given[(builtin.callback ?? -1) - before.length - Number(isShifted)];
  const isNested = isMany && callback !== undefined && mayGiveSequence(callback, place);
  return { value: builtinCall(t, name, builtin, all), isMany, isNested };
}

function checkCount(
  name: string,
  { min, max, parameters }: QuerySignature,
  count: number,
  use: ReturnType<typeof contextUse>,
  node: QueryNode,
): void {
  const isShort = use === "always" || (use === null && parameters[0]?.isContext === true && count >= min);
  if (count <= max && (count >= min || isShort)) return;
  const needed = min === max ? `${min}` : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
  const problem = `${needed} arguments are needed, not ${count}`;
  throw new QueryProblem(node.position, problem, { name: `$${name}` });
}

/** The context for an argument that is not there. */
function contextArgument(t: Translator, name: string, { parameters }: QuerySignature, place: Place): Expression {
  const kinds = parameters[0]?.kinds ?? "";
  if (place.context === null) return t.nothing();
  return kinds.length > 4 ? place.context : t.fn("contextArgument", [place.context, t.text(kinds), t.text(name)]);
}

/** A call in which the context may stand for an argument: that shows when it is made. */
function signedCall(
  t: Translator,
  { name, builtin }: BuiltinCall,
  { parameters }: QuerySignature,
  args: readonly Expression[],
  context: Expression,
): Expression {
  const of = builtinFunction(t, name, builtin, parameters.length);
  return t.fn("signedCall", [t.text(name), t.text(builtin.signature), array(t, args), context, of]);
}

/** A function of the language as a function of so many parameters. */
function builtinFunction(t: Translator, name: string, builtin: QueryBuiltin, count: number): Expression {
  const parameters = Array.from({ length: count }, (_, index) =>
    boundVariable(t, index === 0 ? "value" : `value ${index + 1}`),
  );
  const takes = ["sort", "single"].includes(name) ? "optionalCallback" : "callbackArgument";
  const args = parameters.map(({ read }, index) => {
    if (index !== builtin.callback) return read;
    return name === "reduce" ? t.fn("reducerArgument", [read]) : t.fn(takes, [read, t.text(name)]);
  });
  const names = parameters.map(({ variable }) => variable);
  return lambda(t, names, builtinCall(t, name, builtin, args));
}

/** A function of the language that is a value. */
export function translateBuiltinValue(t: Translator, name: string, builtin: QueryBuiltin): Expression {
  if (name === "zip") return t.fn("zipFunction", []);
  const { parameters } = readSignature(builtin.signature);
  const takes = literal(builtin.takes ?? parameters.length, t.origin);
  const of = builtinFunction(t, name, builtin, parameters.length);
  return t.fn("signedQuery", [t.text(name), t.text(builtin.signature), takes, of]);
}

/** A function of the language with some of its arguments. */
export function translateBuiltinPart(
  t: Translator,
  name: string,
  builtin: QueryBuiltin,
  args: readonly Expression[],
  node: QueryNode,
): Expression {
  checkCount(name, readSignature(builtin.signature), args.length, "never", node);
  const given = args.map((value, index) =>
    index === builtin.callback ? t.fn("callbackArgument", [value, t.text(name)]) : value,
  );
  return builtinCall(t, name, builtin, given);
}

function builtinCall(t: Translator, name: string, builtin: QueryBuiltin, args: readonly Expression[]): Expression {
  const { more } = builtin;
  const isMore = more !== undefined && args.length >= more.from;
  const type = isMore ? unknown : (builtin.type ?? unknown);
  const call = t.fn(isMore ? more.fn : builtin.fn, builtin.name === true ? [...args, t.text(name)] : args, type);
  const hasScope = isMore ? more.scope : builtin.scope === true;
  return hasScope && call.kind === "call" ? { ...call, scope: true } : call;
}

/** Whether a function may give a sequence, as those do that end with a call of one that does. */
function mayGiveSequence(node: QueryNode, place: Place): boolean {
  if (node.type === "lambda")
    return tailsOf(node.node("body")).some((call) => mayGiveSequence(call.node("procedure") ?? call, place));
  const name = node.text("value") ?? "";
  const builtin = node.type === "variable" && !place.bound.has(name) ? queryBuiltins.get(name) : undefined;
  return builtin === undefined ? node.type !== "regex" : builtin.isMany === true;
}

/** A function that a runtime function calls. */
function callbackOf(t: Translator, name: string, node: QueryNode, value: Expression | null, place: Place): Expression {
  const isPlain = node.type === "lambda" && ["predicate", "group", "signature"].every((field) => !node.has(field));
  if (isPlain) {
    if (name === "reduce" && node.nodes("arguments").length < 2)
      throw new QueryProblem(node.position, "its function needs at least two parameters", { name: "$reduce" });
    return translateLambda(t, node, place);
  }
  const of = value ?? t.translate(node, place);
  if (name === "reduce") return t.fn("reducerArgument", [of]);
  const least = name === "sort" ? [literal(2, t.origin), literal(2, t.origin)] : [];
  return t.fn("callbackArgument", [of, t.text(name), ...least]);
}
