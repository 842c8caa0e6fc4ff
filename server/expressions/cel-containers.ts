import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import { type ObjectType, string, type Type, union } from "../ir/types.ts";
import { asKind, type Checker, callOf, type Scope, showOperand, stored } from "./cel-checker.ts";
import type { CelNode } from "./cel-syntax.ts";
import { valueType } from "./value-type.ts";

export function arrayOf(items: readonly Expression[], origin: Origin): Expression {
  return { kind: "array", items, type: { kind: "array", element: union(items.map(valueType)) }, origin };
}

export function objectOf(
  members: readonly { readonly key: string; readonly value: Expression }[],
  origin: Origin,
): Expression {
  const types: ObjectType["members"] = new Map(
    members.map(({ key, value }) => [key, { type: valueType(value), required: true }]),
  );
  return { kind: "object", members, type: { kind: "object", members: types, additional: null }, origin };
}

export function checkList(node: Extract<CelNode, { kind: "list" }>, scope: Scope, checker: Checker): Expression | null {
  const items = node.items.map((item) => checker.check(item, scope));
  const known = items.filter((item) => item !== null);
  return known.length < items.length ? null : arrayOf(known.map(stored), checker.originOf(node));
}

/** A map whose keys are all literals is an object; with computed keys it has one type for all values. */
export function checkMap(node: Extract<CelNode, { kind: "map" }>, scope: Scope, checker: Checker): Expression | null {
  const entries = node.entries.map(({ key, value }) => ({
    key: checkKey(key, scope, checker),
    value: checker.check(value, scope),
  }));
  const known: { key: Expression; value: Expression }[] = [];
  for (const { key, value } of entries) if (key !== null && value !== null) known.push({ key, value: stored(value) });
  if (known.length < entries.length || !checkKeys(node, checker)) return null;
  const origin = checker.originOf(node);
  const members = known.flatMap(({ key, value }) =>
    key.kind === "literal" ? [{ key: String(key.value), value }] : [],
  );
  if (members.length === known.length) return objectOf(members, origin);
  const type: Type = {
    kind: "object",
    members: new Map(),
    additional: union(known.map(({ value }) => valueType(value))),
  };
  const pairs = known.map(({ key, value }) => pairOf(key, value));
  return callOf(
    "fromEntries",
    [{ kind: "array", items: pairs, type: { kind: "array", element: union(pairs.map((pair) => pair.type)) }, origin }],
    type,
    origin,
  );
}

export function pairOf(key: Expression, value: Expression): Expression {
  return {
    kind: "array",
    items: [key, value],
    type: { kind: "tuple", elements: [string, valueType(value)], rest: null },
    origin: key.origin,
  };
}

function checkKey(node: CelNode, scope: Scope, checker: Checker): Expression | null {
  const given = checker.check(node, scope);
  const key = given && asKind(given, "string");
  if (given !== null && key === null)
    checker.report("WF_TYPE_004", node, {
      operator: "{}",
      operands: showOperand(given.type),
      hint: ": the keys of JSON objects are strings",
    });
  return key;
}

/** Literal keys must be allowed, and stand once. */
function checkKeys(node: Extract<CelNode, { kind: "map" }>, checker: Checker): boolean {
  const seen = new Set<string>();
  let fine = true;
  for (const { key } of node.entries) {
    if (key.kind !== "string") continue;
    const why =
      key.value === "__proto__"
        ? "JavaScript readers take it for an object's prototype"
        : seen.has(key.value)
          ? "the key stands twice in this map"
          : "";
    if (why !== "") checker.report("WF_VALIDATION_014", key, { name: key.value, why });
    fine &&= why === "";
    seen.add(key.value);
  }
  return fine;
}
