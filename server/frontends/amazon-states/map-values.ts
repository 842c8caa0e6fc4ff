import { compilePath } from "../../expressions/jsonpath.ts";
import { call, literal, text } from "../../expressions/jsonpath-values.ts";
import type { Expression } from "../../ir/expression.ts";
import { integer, type MemberType } from "../../ir/types.ts";
import { get, type ObjectTree, originOf } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import { effectiveInput, fieldValue } from "./data-flow.ts";
import { numberField, textField } from "./fields.ts";
import { compileTypedQuery } from "./jsonata-values.ts";
import { compileTemplate } from "./payload.ts";
import { type MapItem, nothing, read, type StateScope } from "./scope.ts";

export function objectOf(
  members: readonly { readonly key: string; readonly value: Expression }[],
  { origin }: StateScope,
): Expression {
  const types = new Map<string, MemberType>(
    members.map(({ key, value }) => [key, { type: value.type, required: true }]),
  );
  return { kind: "object", members, type: { kind: "object", members: types, additional: null }, origin };
}

/** A number of a field or, under its name with `Path`, of a path. Null where there is neither. */
export function limit(
  state: StateScope,
  tree: ObjectTree,
  field: string,
  input: Expression,
  fn: "limitAt" | "percentageAt" = "limitAt",
): Expression | null {
  const path = textField(tree, `${field}Path`);
  if (path !== undefined) {
    const origin = originOf(path, state.name);
    const value = compilePath(path, pathScope(state, input), { kind: "select" }) ?? nothing(origin);
    return call(fn, [value, text(field, origin), text(path.value, origin)], integer, origin);
  }
  const query = compileTypedQuery(state, get(tree, field), "number", pathScope(state, input));
  if (query !== null) return query;
  const substituted = textField(tree, field);
  if (substituted !== undefined)
    return state.definition.substitutions.text(substituted.value, originOf(substituted, state.name));
  const given = numberField(tree, field);
  return given === undefined ? null : literal(given, state.origin);
}

/** What a Map runs over: the array at ItemsPath, or the input itself. */
export function items(state: StateScope): Expression {
  const given = get(state.tree, "Items");
  if (given !== undefined && state.language === "JSONata") {
    const input = read(state.data, state.origin);
    const scope = pathScope(state, input);
    return compileTypedQuery(state, given, "array", scope) ?? compileTemplate(given, scope);
  }
  const path = textField(state.tree, "ItemsPath");
  const value = path === undefined ? effectiveInput(state) : fieldValue(state, path);
  return value.type.kind === "array"
    ? value
    : call(
        "itemsOf",
        [value, ...(path === undefined ? [] : [text(path.value, value.origin)])],
        { kind: "array", element: { kind: "unknown" } },
        value.origin,
      );
}

/** What a turn is given: the item, or what ItemSelector (once called Parameters) makes of it. */
export function itemInput(state: StateScope, input: Expression, item: MapItem): Expression {
  const selector = get(state.tree, "ItemSelector") ?? get(state.tree, "Parameters");
  if (selector === undefined) return read(item.value, state.origin);
  return compileTemplate(selector, pathScope({ ...state, item }, input));
}
