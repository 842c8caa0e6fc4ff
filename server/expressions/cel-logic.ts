import type { Expression } from "../ir/expression.ts";
import { boolean } from "../ir/types.ts";
import { asKind, type Checker, callOf, hintFor, type Scope, showOperand } from "./cel-checker.ts";
import { factsWhen, learn } from "./cel-facts.ts";
import { mayFail } from "./cel-failures.ts";
import type { Binary } from "./cel-operands.ts";
import type { CelNode } from "./cel-syntax.ts";

export function checkTest(node: CelNode, scope: Scope, checker: Checker, operator: string): Expression | null {
  const test = checker.check(node, scope);
  if (test === null) return null;
  const result = asKind(test, "bool");
  if (result === null)
    checker.report("WF_TYPE_004", node, {
      operator,
      operands: showOperand(test.type),
      hint: `${hintFor(test.type)}; it takes bool`,
    });
  return result;
}

export function checkLogical(node: Binary, operator: "&&" | "||", scope: Scope, checker: Checker): Expression | null {
  const left = checkTest(node.left, scope, checker, operator);
  const facts = left === null ? scope.facts : learn(scope.facts, left, operator === "&&", scope.level);
  const right = checkTest(node.right, { ...scope, facts }, checker, operator);
  if (left === null || right === null) return null;
  if (left.kind === "literal") return left.value === (operator === "&&") ? right : left;
  if (right.kind === "literal") return right.value === (operator === "&&") ? left : right;
  const careful = mayFail(left) ? checker.attempt((silent) => checkCareful(node, operator, scope, silent)) : null;
  return careful ?? { kind: "binary", operator, left, right, type: boolean, origin: checker.originOf(node) };
}

/**
 * CEL's `&&` and `||` do not mind which operand decides: `items[0] > 1 || true` is true where there is no item. Where the
 * left one can fail, each becomes a function. Null where the right one needs what only TypeScript's own `&&` tells it.
 */
function checkCareful(node: Binary, operator: "&&" | "||", outer: Scope, checker: Checker): Expression | null {
  const scope = { ...outer, level: outer.level + 1 };
  const left = checkTest(node.left, scope, checker, operator);
  const fn = operator === "&&" ? "allTrue" : "anyTrue";
  const facts =
    left === null
      ? []
      : factsWhen(left, operator === "&&", scope.level).map(
          ([key, fact]) => [key, { ...fact, native: false }] as const,
        );
  const right = checkTest(node.right, { ...scope, facts: new Map([...scope.facts, ...facts]) }, checker, operator);
  if (left === null || right === null) return null;
  return callOf(fn, [...conditionsOf(left, fn), ...conditionsOf(right, fn)], boolean, checker.originOf(node));
}

function conditionsOf(test: Expression, fn: string): readonly Expression[] {
  if (test.kind === "call" && test.fn === fn) return test.args;
  return [{ kind: "lambda", parameters: [], body: test, type: boolean, origin: test.origin }];
}
