import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import type { QueryScope } from "./jsonata.ts";
import { hasSignedValues } from "./jsonata-binding.ts";
import {
  translateApply,
  translateCall,
  translateLambdaValue,
  translatePartial,
  translateTail,
} from "./jsonata-calls.ts";
import {
  translateBinary,
  translateCondition,
  translateGroup,
  translateTransform,
  translateUnary,
} from "./jsonata-operators.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { filter, translatePath } from "./jsonata-paths.ts";
import { checkQueryPattern } from "./jsonata-pattern.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import {
  child,
  createTranslator,
  one,
  type Place,
  type Translated,
  type Translator,
  topPlace,
  untranslated,
} from "./jsonata-translator.ts";
import { translateBind, translateBlock, translateFrame, translateVariable } from "./jsonata-variables.ts";
import { literal } from "./jsonpath-values.ts";

/** Deeper expressions were not written by a person, and every stage after this one is recursive. */
const MAX_DEPTH = 60;

/** Translates a parsed expression. Throws QueryProblem. */
export function translateQuery(
  root: QueryNode,
  scope: QueryScope,
  origin: Origin,
): { readonly value: Expression; readonly isCertain: boolean } {
  let depth = 0;
  const translator = createTranslator(scope, origin, hasSignedValues(root), (t, node, place) => {
    if (depth >= MAX_DEPTH) throw new QueryProblem(node.position, `it is nested more than ${MAX_DEPTH} deep`);
    depth++;
    const value = translateNode(t, node, place);
    depth--;
    return value;
  });
  const value = translateFrame(translator, [root], topPlace);
  return { value, isCertain: translator.isCertain(value) };
}

function translateNode(t: Translator, node: QueryNode, place: Place): Expression {
  // The parser marks tail calls so.
  if (node.type === "lambda" && node.isFlag("thunk")) return translateTail(t, child(node, "body"), place);
  const inner = ["condition", "block"].includes(node.type) ? place : { ...place, isLooping: false };
  if (node.type === "path") return translatePath(t, node, inner);
  const predicates = node.nodes("predicate");
  // Of a step that is a name the path as a whole is kept.
  const isKept = node.isFlag("keepArray") && node.type !== "name";
  const group = node.node("group");
  const raw = translateOne(t, node, inner);
  if (predicates.length === 0 && group === null && !isKept) {
    const value = raw.isMany ? t.fn("collapsed", [raw.value]) : raw.value;
    return raw.isNested === true ? t.nested(value) : value;
  }
  const filtered = predicates.reduce((value, stage) => filter(t, value, child(stage, "expr"), inner), raw.value);
  if (group !== null) return translateGroup(t, filtered, group.pairs("lhs"), inner);
  return t.fn(isKept ? "keptArray" : "collapsed", [filtered]);
}

function translateOne(t: Translator, node: QueryNode, place: Place): Translated {
  const ofContext = (fn: string, ...args: readonly Expression[]): Translated =>
    one(place.context === null ? t.nothing() : t.fn(fn, [place.context, ...args]));
  switch (node.type) {
    case "string":
      return one(t.scope.text(node.text("value") ?? "", t.origin));
    case "number":
    case "value":
      return one(constant(t, node));
    case "variable":
      return one(translateVariable(t, node, place));
    case "parent":
      return one(place.bound.get(node.node("slot")?.text("label") ?? "") ?? t.nothing());
    case "wildcard":
      return ofContext("queryChildren");
    case "descendant":
      return ofContext("queryDescendants");
    case "name":
      return ofContext("queryPath", t.text(String(node.value)));
    case "binary":
      return one(translateBinary(t, node, place));
    case "unary":
      return one(translateUnary(t, node, place));
    case "condition":
      return one(translateCondition(t, node, place));
    case "block":
      return one(translateBlock(t, node, place));
    case "bind":
      return one(translateBind(t, node, place));
    case "function":
      return translateCall(t, node, place, []);
    case "apply":
      return translateApply(t, node, place);
    case "partial":
      return one(translatePartial(t, node, place));
    case "lambda":
      return one(translateLambdaValue(t, node, place));
    case "regex":
      return one(translatePattern(t, node));
    case "transform":
      return one(translateTransform(t, node, place));
    default:
      throw untranslated(node, `\`${node.type.slice(0, 40)}\``);
  }
}

function constant({ origin }: Translator, node: QueryNode): Expression {
  const { value } = node;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return literal(value, origin);
  throw new QueryProblem(node.position, "it holds a value that is no JSON");
}

/** It is never given to JavaScript's own RegExp: what the runtime makes of it takes a time that is linear in the text. */
function translatePattern(t: Translator, node: QueryNode): Expression {
  if (!(node.value instanceof RegExp)) throw untranslated(node, "this regular expression");
  const { source, flags } = node.value;
  const problem = checkQueryPattern(source);
  if (problem !== null) throw untranslated(node, problem);
  return t.fn("queryPattern", [t.text(source), t.text(flags)]);
}
