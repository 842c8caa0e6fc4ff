import type { BinaryOperator, Expression } from "../ir/expression.ts";
import { boolean, type Type, unknown } from "../ir/types.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { array, child, ofItem, type Place, type Translator, untranslated } from "./jsonata-translator.ts";

const orders = ["<", "<=", ">", ">="];

export function translateBinary(t: Translator, node: QueryNode, place: Place): Expression {
  const operator = String(node.value);
  const [left, right] = [child(node, "lhs"), child(node, "rhs")];
  if (operator === "and" || operator === "or") {
    const sides = [left, right].map((side) => truth(t, t.translate(side, place)));
    return binary(t, operator === "and" ? "&&" : "||", sides);
  }
  if (operator === "&") return translateConcatenation(t, node, place);
  const [l, r] = [t.translate(left, place), t.translate(right, place)];
  if (operator === "=" || operator === "!=") {
    const isSimple = operator === "=" && [l, r].some(isConstant) && [l, r].some(({ type }) => type.kind === "unknown");
    if (isSimple) return binary(t, "===", isConstant(l) ? [r, l] : [l, r]);
    return t.fn(operator === "=" ? "queryEquals" : "queryDiffers", [l, r], boolean);
  }
  if (operator === "in") return t.fn("queryIncludes", [l, r], boolean);
  if (operator === "..") return t.fn("queryRange", [l, r]);
  if (orders.includes(operator)) return t.fn("queryCompare", [l, t.text(operator), r]);
  if (["+", "-", "*", "/", "%"].includes(operator)) return t.fn("queryArithmetic", [l, t.text(operator), r]);
  throw untranslated(node, `the operator \`${operator}\``);
}

function isConstant(value: Expression): boolean {
  return value.kind === "literal";
}

function binary(
  { origin, nothing }: Translator,
  operator: BinaryOperator,
  [left = nothing(), right = nothing()]: readonly Expression[],
): Expression {
  return { kind: "binary", operator, left, right, type: boolean, origin };
}

/** Texts joined with `&`, as one template. */
function translateConcatenation(t: Translator, node: QueryNode, place: Place): Expression {
  const parts: (string | Expression)[] = [];
  const open = [node];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.type === "binary" && part.value === "&" && !part.has("predicate") && !part.has("group")) {
      open.push(child(part, "rhs"), child(part, "lhs"));
      continue;
    }
    const value = t.translate(part, place);
    if (value.kind === "literal" && typeof value.value === "string") parts.push(value.value);
    else if (value.kind === "template") parts.push(...value.parts);
    else parts.push(value.type.kind === "string" ? value : t.fn("queryPart", [value], { kind: "string" }));
  }
  return { kind: "template", parts, type: { kind: "string" }, origin: t.origin };
}

function truth(t: Translator, value: Expression): Expression {
  return value.type.kind === "boolean" ? value : t.fn("queryTruth", [value], boolean);
}

export function translateUnary(t: Translator, node: QueryNode, place: Place): Expression {
  if (node.value === "-") return t.fn("queryNegative", [t.translate(child(node, "expression"), place)]);
  if (node.value === "{") return translateObject(t, node.pairs("lhs"), place);
  const items = node.nodes("expressions");
  const values = items.map((item) => t.translate(item, place));
  if (items.every((item, index) => isSingle(item, values[index]))) return array(t, values);
  const parts = values.map((value, index) => (items[index]?.value === "[" ? t.fn("queryItems", [value]) : value));
  return t.fn("queryArray", parts, { kind: "array", element: unknown });
}

/** Whether a value is certain to be exactly one item of the array that it is written in. */
function isSingle(item: QueryNode, value: Expression | undefined): boolean {
  if (item.type === "unary" && item.value === "[") return true;
  return (
    value !== undefined && (["literal", "object", "template"].includes(value.kind) || value.type.kind === "boolean")
  );
}

type Pairs = readonly (readonly [QueryNode, QueryNode])[];

function translateObject(t: Translator, pairs: Pairs, place: Place): Expression {
  const keys = pairs.map(([key]) => (key.type === "string" ? key.text("value") : null));
  const isFree = (key: string | null): boolean => key !== null && !key.includes("${") && !key.startsWith("_jsonata_");
  const isPlain = keys.every(isFree) && new Set(keys).size === keys.length;
  if (!isPlain || place.context !== null) return translateGroup(t, place.context ?? t.nothing(), pairs, place);
  const members = pairs.map(([, value], index) => ({ key: keys[index] ?? "", value: t.translate(value, place) }));
  const types = new Map(members.map(({ key, value }) => [key, { type: value.type, required: true }] as const));
  const type: Type = { kind: "object", members: types, additional: null };
  const made: Expression = { kind: "object", members, type, origin: t.origin };
  if (members.every(({ value }) => t.isCertain(value))) return made;
  return t.fn("queryObject", [made], { kind: "object", members: new Map(), additional: unknown });
}

export function translateGroup(t: Translator, value: Expression, pairs: Pairs, place: Place): Expression {
  const groups = pairs.map(([key, made]) =>
    array(t, [ofItem(t, place, (item) => t.translate(key, item)), ofItem(t, place, (item) => t.translate(made, item))]),
  );
  return t.fn("queryGroup", [value, ...groups], { kind: "object", members: new Map(), additional: unknown });
}

export function translateCondition(t: Translator, node: QueryNode, place: Place): Expression {
  const otherwise = node.node("else");
  const then = t.settled(t.translate(child(node, "then"), place));
  const other = otherwise === null ? t.nothing() : t.settled(t.translate(otherwise, place));
  const type: Type = then.type.kind === "boolean" && other.type.kind === "boolean" ? boolean : unknown;
  const test = truth(t, t.translate(child(node, "condition"), { ...place, isLooping: false }));
  return { kind: "conditional", test, then, otherwise: other, type, origin: t.origin };
}

export function translateTransform(t: Translator, node: QueryNode, place: Place): Expression {
  const part = (field: string): Expression => ofItem(t, place, (inner) => t.translate(child(node, field), inner));
  const deletions = node.has("delete") ? [part("delete")] : [];
  return t.fn("queryTransform", [part("pattern"), part("update"), ...deletions]);
}
