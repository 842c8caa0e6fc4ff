import type { Expression, Variable } from "../ir/expression.ts";
import { boolean, invalid, string, type Type, unknown } from "../ir/types.ts";
import { type Checker, callOf, hintFor, type Scope, showOperand, stored } from "./cel-checker.ts";
import { factsOfItems } from "./cel-facts.ts";
import { kindOf, rangeOf } from "./cel-kinds.ts";
import { checkTest } from "./cel-operators.ts";
import type { CelNode } from "./cel-syntax.ts";
import { valueType } from "./value-type.ts";

type Call = Extract<CelNode, { kind: "call" }>;

const TESTS: ReadonlyMap<string, string> = new Map([
  ["all", "every"],
  ["exists", "some"],
  ["exists_one", "exactlyOne"],
  ["existsOne", "exactlyOne"],
]);

const ARGUMENTS: ReadonlyMap<string, readonly number[]> = new Map([
  ["all", [2]],
  ["exists", [2]],
  ["exists_one", [2]],
  ["existsOne", [2]],
  ["filter", [2]],
  ["map", [2, 3]],
]);

export const MACROS: readonly string[] = ["has", ...ARGUMENTS.keys()];

/** Whether a call of a member is a macro over a list: `items.all(item, item.price > 0)`. */
export function isMacro(node: Call): boolean {
  return node.target !== null && ARGUMENTS.has(node.name.text);
}

export function checkMacro(node: Call, target: CelNode, scope: Scope, checker: Checker): Expression | null {
  const name = node.name.text;
  const [first, ...bodies] = node.args;
  const counts = ARGUMENTS.get(name) ?? [];
  if (first?.kind !== "name" || !counts.includes(node.args.length)) {
    const problem = `it takes a variable and ${counts.length > 1 ? "one or two expressions" : "an expression"}, such as \`items.${name}(item, …)\``;
    checker.report("WF_TYPE_005", node.name, { fn: name, problem, nearest: "" });
    return null;
  }
  const range = checkRange(node, target, scope, checker);
  const bound: Variable = { name: first.name, type: range?.element ?? invalid, role: "bound" };
  const level = scope.level + 1;
  const facts = new Map([...scope.facts, ...(range === null ? [] : factsOfItems(range.list, bound, level))]);
  const inside: Scope = { bindings: new Map([...scope.bindings, [first.name, bound]]), facts, level };
  return buildMacro(node, range?.list ?? null, bound, bodies, inside, checker);
}

interface Items {
  readonly list: Expression;
  readonly element: Type;
}

/** What the macro goes over: a list, or the keys of a map. */
function checkRange(node: Call, target: CelNode, scope: Scope, checker: Checker): Items | null {
  const over = checker.check(target, scope);
  if (over === null) return null;
  const kind = kindOf(over.type);
  const element = rangeOf(over.type);
  if (element === null) {
    const problem = `it goes over a list, not ${showOperand(over.type)}${hintFor(over.type)}`;
    checker.report("WF_TYPE_005", node.name, { fn: node.name.text, problem, nearest: "" });
    return null;
  }
  const origin = over.origin;
  if (kind === "map") return { list: callOf("keys", [over], { kind: "array", element: string }, origin), element };
  if (kind === "dyn") return { list: callOf("iterate", [over], { kind: "array", element: unknown }, origin), element };
  return { list: over, element };
}

function buildMacro(
  node: Call,
  list: Expression | null,
  bound: Variable,
  bodies: readonly CelNode[],
  scope: Scope,
  checker: Checker,
): Expression | null {
  const name = node.name.text;
  const origin = checker.originOf(node);
  const last = bodies.at(-1);
  const test = name === "map" ? (bodies.length > 1 ? bodies[0] : undefined) : last;
  const condition = test && checkTest(test, scope, checker, name);
  const filtered =
    list && condition
      ? callOf("filterList", [list, lambdaOf(bound, condition)], { kind: "array", element: bound.type }, origin)
      : list;
  if (name === "map")
    return filtered && last && condition !== null ? buildMap(node, filtered, bound, last, scope, checker) : null;
  if (list === null || !condition) return null;
  const fn = TESTS.get(name);
  return fn === undefined ? filtered : callOf(fn, [list, lambdaOf(bound, condition)], boolean, origin);
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
  const body = stored(checked);
  return callOf(
    "mapList",
    [list, lambdaOf(bound, body)],
    { kind: "array", element: valueType(body) },
    checker.originOf(node),
  );
}

function lambdaOf(parameter: Variable, body: Expression): Expression {
  return { kind: "lambda", parameters: [parameter], body, type: body.type, origin: body.origin };
}
