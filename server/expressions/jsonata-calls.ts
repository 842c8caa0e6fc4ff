import type { Expression } from "../ir/expression.ts";
import { visitExpression } from "../ir/visit.ts";
import { translateBuiltin, translateBuiltinPart } from "./jsonata-builtins.ts";
import { queryBuiltins } from "./jsonata-functions.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import {
  boundVariable,
  child,
  lambda,
  one,
  type Place,
  type Translated,
  type Translator,
  untranslated,
} from "./jsonata-translator.ts";
import { translateFrame } from "./jsonata-variables.ts";
import { literal } from "./jsonpath-values.ts";

/** More of them would take long to match. */
const MAX_SIGNATURE = 60;

export function translateApply(t: Translator, node: QueryNode, place: Place): Translated {
  const [left, right] = [child(node, "lhs"), child(node, "rhs")];
  const value = t.translate(left, place);
  // As in the library, what follows the call in brackets does not count.
  if (right.type === "function") return translateCall(t, right, place, [value]);
  return one(t.fn("applyQuery", [value, t.translate(right, place)]));
}

/** `before`: an argument from outside of the parentheses. */
export function translateCall(
  t: Translator,
  node: QueryNode,
  place: Place,
  before: readonly Expression[],
  call: "callQuery" | "endWithQuery" | "tailCall" = "callQuery",
): Translated {
  const name = calledName(t, node, place);
  const builtin = name === null ? undefined : queryBuiltins.get(name);
  if (name !== null && builtin !== undefined)
    return translateBuiltin(t, { name, builtin, node, before, given: node.nodes("arguments") }, place);
  const args = node.nodes("arguments").map((argument) => t.translate(argument, place));
  const of = t.translate(child(node, "procedure"), place);
  if (!t.hasSigned || place.context === null) return one(t.fn(call, [of, ...before, ...args]));
  return one(t.fn("callQueryIn", [place.context, of, ...before, ...args]));
}

/** The function of the language that is called; null where it is a value. */
function calledName(t: Translator, node: QueryNode, place: Place): string | null {
  const procedure = child(node, "procedure");
  const [step] = procedure.type === "path" ? procedure.nodes("steps") : [];
  const forgotten = step?.text("value") ?? "";
  if (step?.type === "name" && queryBuiltins.has(forgotten))
    throw new QueryProblem(node.position, "there is no such function", { name: forgotten, known: names() });
  const name = procedure.type === "variable" ? (procedure.text("value") ?? "") : "";
  if (name === "" || place.bound.has(name) || t.scope.variable(name, t.origin) !== null) return null;
  if (queryBuiltins.has(name)) return name;
  throw new QueryProblem(node.position, "there is no such function", { name: `$${name}`, known: names() });
}

function* names(): Generator<string> {
  for (const name of queryBuiltins.keys()) yield `$${name}`;
}

/** A call that a function ends with: what it gives is not looked at, and the loop of a function that has one makes it. */
export function translateTail(t: Translator, node: QueryNode, place: Place): Expression {
  const isLooping = place.isLooping && isBoundCall(node, place);
  const inner = { ...place, isLooping: false };
  return translateCall(t, node, inner, [], isLooping ? "tailCall" : "endWithQuery").value;
}

function isBoundCall(node: QueryNode, place: Place): boolean {
  const procedure = child(node, "procedure");
  return procedure.type === "variable" && place.bound.has(procedure.text("value") ?? "");
}

export function translateLambdaValue(t: Translator, node: QueryNode, place: Place): Expression {
  return signed(t, "", node, translateLambda(t, node, place));
}

/** A function of the expression as one that is a value. */
function signed(t: Translator, name: string, node: QueryNode, of: Expression): Expression {
  const signature = node.node("signature")?.text("definition");
  if (signature == null) return of.kind === "lambda" ? t.fn("queryFunction", [of]) : of;
  const isLong = signature.length > MAX_SIGNATURE || signature.split("+").length > 2;
  if (isLong) throw untranslated(node, "such a long signature of a function");
  const takes = literal(node.nodes("arguments").length, t.origin);
  return t.fn("signedQuery", [t.text(name), t.text(signature), takes, of]);
}

export function translateLambda(t: Translator, node: QueryNode, place: Place, isLooping = false): Expression {
  const bound = new Map(place.bound);
  const cells = new Map(place.cells);
  const parameters = node.nodes("arguments").map((parameter) => {
    const { variable, read } = boundVariable(t, parameter.text("value") ?? "");
    bound.set(variable.name, read);
    cells.delete(variable.name);
    return variable;
  });
  return lambda(t, parameters, translateFrame(t, [child(node, "body")], { ...place, bound, cells, isLooping }));
}

/** The value of a variable that is a function: it may call itself by the variable's name. */
export function translateNamedLambda(t: Translator, name: string, node: QueryNode, place: Place): Expression {
  const { variable, read } = boundVariable(t, name);
  const inner = place.cells.has(name) ? place : { ...place, bound: new Map([...place.bound, [name, read]]) };
  const made = translateLambda(t, node, inner, true);
  const isLooping = mentions(made, (part) => part.kind === "call" && part.fn === "tailCall");
  const of = signed(t, name, node, isLooping ? t.fn("loopingQuery", [made]) : made);
  const callsItself = mentions(of, (part) => part.kind === "variable" && part.variable === variable);
  return callsItself ? t.fn("recursiveQuery", [lambda(t, [variable], of)]) : of;
}

function mentions(value: Expression, test: (part: Expression) => boolean): boolean {
  let found = false;
  visitExpression(value, (part) => {
    found ||= test(part);
  });
  return found;
}

export function translatePartial(t: Translator, node: QueryNode, place: Place): Expression {
  const name = calledName(t, node, place);
  const parameters = [];
  const args: Expression[] = [];
  for (const [index, argument] of node.nodes("arguments").entries()) {
    if (argument.type !== "operator") {
      args.push(t.translate(argument, place));
      continue;
    }
    const { variable, read } = boundVariable(t, `value ${index + 1}`);
    parameters.push(variable);
    args.push(read);
  }
  const builtin = name === null ? undefined : queryBuiltins.get(name);
  if (name !== null && builtin !== undefined)
    return t.fn("queryFunction", [lambda(t, parameters, translateBuiltinPart(t, name, builtin, args, node))]);
  const of = t.translate(child(node, "procedure"), place);
  return t.fn("partialQuery", [of, lambda(t, parameters, t.fn("callQuery", [of, ...args]))]);
}
