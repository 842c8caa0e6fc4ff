import type { Expression, Variable } from "../ir/expression.ts";
import { boolean, integer, invalid, resolve, string, type Type, union, unknown } from "../ir/types.ts";
import { asKind, type Binding, type Checker, callOf, hintFor, type Scope, showOperand, stored } from "./cel-checker.ts";
import { pairOf } from "./cel-containers.ts";
import { factsOfItems } from "./cel-facts.ts";
import { kindOf, rangeOf } from "./cel-kinds.ts";
import { checkTest } from "./cel-logic.ts";
import type { CelNode } from "./cel-syntax.ts";
import { valueType } from "./value-type.ts";

type Call = Extract<CelNode, { kind: "call" }>;

const TESTS: ReadonlyMap<string, string> = new Map([
  ["all", "every"],
  ["exists", "some"],
  ["exists_one", "exactlyOne"],
  ["existsOne", "exactlyOne"],
]);

interface Form {
  /** How many expressions may follow the names. */
  readonly bodies: readonly number[];
  /** With how many names: one for an item or key, two for key and value of each entry. */
  readonly names: readonly number[];
}

const FORMS: ReadonlyMap<string, Form> = new Map([
  ["all", { bodies: [1], names: [1, 2] }],
  ["exists", { bodies: [1], names: [1, 2] }],
  ["exists_one", { bodies: [1], names: [1, 2] }],
  ["existsOne", { bodies: [1], names: [1, 2] }],
  ["filter", { bodies: [1], names: [1] }],
  ["map", { bodies: [1, 2], names: [1] }],
  ["transformList", { bodies: [1, 2], names: [2] }],
  ["transformMap", { bodies: [1, 2], names: [2] }],
]);

export const MACROS: readonly string[] = ["has", ...FORMS.keys()];

/** Whether a call of a member is a macro over a list: `items.all(item, item.price > 0)`. */
export function isMacro(node: Call): boolean {
  return node.target !== null && FORMS.has(node.name.text);
}

/** The macro with its arguments told apart. */
interface Macro {
  readonly node: Call;
  readonly names: readonly string[];
  /** What an item must fulfil; null: each is taken. */
  readonly test: CelNode | null;
  /** What is made of each item; null where nothing is. */
  readonly made: CelNode | null;
}

function readMacro(node: Call): Macro | null {
  const form = FORMS.get(node.name.text);
  const count = form?.names.find((names) => form.bodies.includes(node.args.length - names));
  if (form === undefined || count === undefined) return null;
  const names = node.args.slice(0, count).flatMap((name) => (name.kind === "name" ? [name.name] : []));
  if (names.length < count || new Set(names).size < count) return null;
  const bodies = node.args.slice(count);
  const makes = !TESTS.has(node.name.text) && node.name.text !== "filter";
  return {
    node,
    names,
    test: (makes ? bodies.length > 1 : true) ? (bodies[0] ?? null) : null,
    made: makes ? (bodies.at(-1) ?? null) : null,
  };
}

export function checkMacro(node: Call, target: CelNode, scope: Scope, checker: Checker): Expression | null {
  const macro = readMacro(node);
  if (macro === null) {
    const form = FORMS.get(node.name.text);
    const name = form?.names.includes(1) ? "a variable" : "two variables";
    const example = `items.${node.name.text}(${form?.names.includes(1) ? "item" : "key, value"}, …)`;
    const problem = `it takes ${name} and ${form?.bodies.includes(2) ? "one or two expressions" : "an expression"}, such as \`${example}\``;
    checker.report("WF_TYPE_005", node.name, { fn: node.name.text, problem, nearest: "" });
    return null;
  }
  const range = checkRange(macro, target, scope, checker);
  const bound: Variable = { name: nameOf(macro, range), type: range?.element ?? invalid, role: "bound" };
  const level = scope.level + 1;
  const facts = new Map([...scope.facts, ...(range === null ? [] : factsOfItems(range.list, bound, level))]);
  const inside: Scope = { bindings: new Map([...scope.bindings, ...bindingsOf(macro, bound)]), facts, level };
  return buildMacro(macro, range?.list ?? null, bound, inside, checker);
}

/** With two names, the variable holds an entry: the items of a list have no names of their own then. */
function nameOf({ names }: Macro, range: Items | null): string {
  const [first = "", second] = names;
  return second === undefined ? first : range?.isMap === true ? "entry" : "item";
}

function bindingsOf({ names }: Macro, variable: Variable): readonly (readonly [string, Binding])[] {
  const [first = "", second] = names;
  if (second === undefined) return [[first, { variable, member: null }]];
  return [
    [first, { variable, member: "key" }],
    [second, { variable, member: "value" }],
  ];
}

interface Items {
  readonly list: Expression;
  readonly element: Type;
  readonly isMap: boolean;
}

/** What the macro goes over: the items of a list or the keys of a map; with two names, the entries of either. */
function checkRange({ node, names }: Macro, target: CelNode, scope: Scope, checker: Checker): Items | null {
  const over = checker.check(target, scope);
  if (over === null) return null;
  const found = rangeOf(over.type);
  const kind = kindOf(over.type);
  const isMap = kind === "map";
  const wantsMap = node.name.text === "transformMap";
  if (found === null || (wantsMap && !isMap)) {
    const problem = `it goes over a ${wantsMap ? "map" : "list"}, not ${showOperand(over.type)}${hintFor(over.type)}`;
    checker.report("WF_TYPE_005", node.name, { fn: node.name.text, problem, nearest: "" });
    return null;
  }
  // Of the items of an empty list, CEL knows nothing.
  const element = found.kind === "never" ? unknown : found;
  const { origin } = over;
  if (names.length > 1) return entriesOf(over, isMap, element);
  if (isMap) return { list: callOf("keys", [over], { kind: "array", element: string }, origin), element, isMap };
  if (kind === "dyn")
    return { list: callOf("iterate", [over], { kind: "array", element: unknown }, origin), element, isMap };
  return { list: over, element, isMap };
}

function entriesOf(over: Expression, isMap: boolean, element: Type): Items {
  const value = isMap ? valuesOf(over) : element;
  const entry: Type = {
    kind: "object",
    members: new Map([
      ["key", { type: isMap ? string : integer, required: true }],
      ["value", { type: value, required: true }],
    ]),
    additional: null,
  };
  const list = kindOf(over.type) === "dyn" ? asKind(over, "list") : over;
  const fn = isMap ? (value === unknown ? "namedMembers" : "entries") : "indexed";
  const call = callOf(fn, [list ?? over], { kind: "array", element: entry }, over.origin);
  return { list: call, element: entry, isMap };
}

/** What the members of an object can be. TypeScript infers it of an index signature and of what is written in place; else it is not known. */
function valuesOf(over: Expression): Type {
  const resolved = resolve(over.type);
  if (resolved.kind !== "object") return unknown;
  if (over.kind === "object" && over.members.length > 0)
    return union(over.members.map(({ value }) => valueType(value)));
  return resolved.members.size > 0 ? unknown : (resolved.additional ?? unknown);
}

function buildMacro(
  { node, test, made }: Macro,
  list: Expression | null,
  bound: Variable,
  scope: Scope,
  checker: Checker,
): Expression | null {
  const origin = checker.originOf(node);
  const condition = test && checkTest(test, scope, checker, node.name.text);
  const kept =
    list && condition
      ? callOf("filterList", [list, lambdaOf(bound, condition)], { kind: "array", element: bound.type }, origin)
      : list;
  if (made !== null)
    return kept && (test === null || condition !== null) ? buildMap(node, kept, bound, made, scope, checker) : null;
  if (list === null || !condition) return null;
  const fn = TESTS.get(node.name.text);
  return fn === undefined ? kept : callOf(fn, [list, lambdaOf(bound, condition)], boolean, origin);
}

function buildMap(
  node: Call,
  list: Expression,
  bound: Variable,
  made: CelNode,
  scope: Scope,
  checker: Checker,
): Expression | null {
  const facts = new Map([...scope.facts, ...factsOfItems(list, bound, scope.level)]);
  const checked = checker.check(made, { ...scope, facts });
  if (checked === null) return null;
  const value = stored(checked);
  const origin = checker.originOf(node);
  const body = node.name.text === "transformMap" ? keyed(bound, value) : value;
  const mapped = callOf("mapList", [list, lambdaOf(bound, body)], { kind: "array", element: valueType(body) }, origin);
  if (node.name.text !== "transformMap") return mapped;
  return callOf("fromEntries", [mapped], { kind: "object", members: new Map(), additional: valueType(value) }, origin);
}

function keyed(entry: Variable, value: Expression): Expression {
  const of: Expression = { kind: "variable", variable: entry, type: entry.type, origin: value.origin };
  return pairOf({ kind: "member", of, name: "key", optional: false, type: string, origin: value.origin }, value);
}

function lambdaOf(parameter: Variable, body: Expression): Expression {
  return { kind: "lambda", parameters: [parameter], body, type: body.type, origin: body.origin };
}
