import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import { boolean, type Type, unknown } from "../ir/types.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import type { PathScope } from "./jsonpath.ts";
import type { Operand, Path, PathStep, Test } from "./jsonpath-parse.ts";
import { call, joinTests, list, literal, number, text } from "./jsonpath-values.ts";

const nodeList: Type = { kind: "array", element: unknown };

/** The names of a step that takes several. */
export function keyNames({ names }: PathStep & { kind: "names" }, scope: PathScope, origin: Origin): Expression {
  return list(
    names.map((name) => scope.text(name, origin)),
    origin,
  );
}

export function keyOf(step: PathStep, tree: StringTree, scope: PathScope): Expression | null {
  const origin = originInside(tree, step.start, step.end, scope.node);
  if (step.kind === "index") return number(step.index, origin);
  return step.kind === "name" ? scope.text(step.name, origin) : null;
}

/** One more step over a list of values. Several names make one object of each value at the end of a path. */
export function widen(
  tree: StringTree,
  nodes: Expression,
  step: PathStep,
  scope: PathScope,
  isLast = false,
): Expression {
  const origin = originInside(tree, step.start, step.end, scope.node);
  const over = (fn: string, ...args: readonly Expression[]): Expression => call(fn, [nodes, ...args], nodeList, origin);
  switch (step.kind) {
    case "name":
      return over("membersOf", list([scope.text(step.name, origin)], origin));
    case "names":
      return over(isLast ? "pickedMembers" : "membersOf", keyNames(step, scope, origin));
    case "index":
      return over("itemsAt", list([number(step.index, origin)], origin));
    case "indexes":
      return over(
        "itemsAt",
        list(
          step.indexes.map((index) => number(index, origin)),
          origin,
        ),
      );
    case "wildcard":
      return over("childrenOf");
    case "descend":
      return over("descendantsOf");
    case "slice": {
      const end: Expression =
        step.to === null ? { kind: "literal", value: null, type: { kind: "null" }, origin } : number(step.to, origin);
      return over("slicesOf", number(step.from, origin), end, number(step.by, origin));
    }
    case "filter": {
      const item: Variable = { name: "item", type: unknown, role: "bound" };
      const body = testToExpression(
        tree,
        step.test,
        { ...scope, item: { kind: "variable", variable: item, type: unknown, origin } },
        origin,
      );
      return over("matchesOf", { kind: "lambda", parameters: [item], body, type: unknown, origin });
    }
    default:
      return step satisfies never;
  }
}

type FilterScope = PathScope & { readonly item: Expression };

function testToExpression(tree: StringTree, test: Test, scope: FilterScope, origin: Origin): Expression {
  switch (test.kind) {
    case "and":
    case "or":
      return joinTests(
        test.kind === "and" ? "&&" : "||",
        test.tests.map((part) => testToExpression(tree, part, scope, origin)),
      );
    case "not":
      return {
        kind: "unary",
        operator: "!",
        operand: testToExpression(tree, test.test, scope, origin),
        type: boolean,
        origin,
      };
    case "exists":
      return present(tree, operandStart(test.path, scope, origin), test.path.steps, scope, origin);
    case "compare": {
      const operator = text(test.operator, origin);
      const [left, right] = [
        operandToExpression(tree, test.left, scope, origin),
        operandToExpression(tree, test.right, scope, origin),
      ];
      return call("compareInFilter", [left, operator, right], boolean, origin);
    }
    default:
      return test satisfies never;
  }
}

function operandStart(path: Path, scope: FilterScope, origin: Origin): Expression {
  if (path.root === "@") return scope.item;
  if (path.root !== "variable") return scope.data;
  return scope.variable(path.variable, origin);
}

/** In a filter a path without a value is not an error: it equals nothing. */
function operandToExpression(tree: StringTree, operand: Operand, scope: FilterScope, origin: Origin): Expression {
  if (operand.kind === "literal") return literal(operand.value, origin);
  const { root, steps } = operand.path;
  const from = operandStart(operand.path, scope, origin);
  if (steps.length === 0) return root === "@" ? call("itemInFilter", [from], unknown, origin) : from;
  const wide = steps.findIndex((step) => step.kind !== "name" && step.kind !== "index");
  const definite = wide < 0 ? steps : steps.slice(0, wide);
  const start =
    definite.length === 0 ? from : call("findAt", [from, keys(tree, definite, scope, origin)], unknown, origin);
  if (wide < 0) return start;
  return steps.slice(wide).reduce((nodes, step) => widen(tree, nodes, step, scope), list([start], origin));
}

export function present(
  tree: StringTree,
  data: Expression,
  steps: readonly PathStep[],
  scope: PathScope,
  origin: Origin,
): Expression {
  if (steps.every((step) => step.kind === "name" || step.kind === "index")) {
    return call("isPresent", [data, keys(tree, steps, scope, origin)], boolean, origin);
  }
  const nodes = steps.reduce((from, step) => widen(tree, from, step, scope), list([data], origin));
  return call("isPresent", [nodes, list([number(0, origin)], origin)], boolean, origin);
}

export function keys(tree: StringTree, steps: readonly PathStep[], scope: PathScope, origin: Origin): Expression {
  return list(
    steps.flatMap((step) => keyOf(step, tree, scope) ?? []),
    origin,
  );
}
