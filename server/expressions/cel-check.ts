import type { Origin } from "../diagnostics/diagnostic.ts";
import { createFindings } from "../diagnostics/findings.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { Expression } from "../ir/expression.ts";
import { memberOf, nullType, number, union, unknown } from "../ir/types.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import { checkCall } from "./cel-calls.ts";
import { type Binding, type Checker, literalOf, type Range, type Scope, stored } from "./cel-checker.ts";
import { checkList, checkMap } from "./cel-containers.ts";
import { keyOf, learn } from "./cel-facts.ts";
import { durationType, timestampType } from "./cel-kinds.ts";
import { checkTest } from "./cel-logic.ts";
import { checkIndex, checkSelect, mayBeNull, refine } from "./cel-members.ts";
import { checkBinary, checkUnary } from "./cel-operators.ts";
import type { CelNode } from "./cel-syntax.ts";
import type { Environment } from "./environment.ts";

/** A fix quotes the whole string, so that a long one costs more than it helps. */
const MAX_FIXABLE = 2_000;

/** The checker of the expression that begins at `start` of a string. It may try other forms so many times. */
export function createChecker(
  tree: StringTree,
  start: number,
  environment: Environment,
  attempts: { left: number } = { left: 0 },
): Checker {
  const { findings, node: around } = environment;
  const originOf = (range: Range) => originInside(tree, start + range.start, start + range.end, around);
  const correct = (range: Range, text: string) => {
    if (tree.value.length > MAX_FIXABLE) return {};
    const value = tree.value.slice(0, start + range.start) + text + tree.value.slice(start + range.end);
    return { fixes: [{ title: `Write \`${text}\``, patch: [{ op: "replace" as const, path: tree.pointer, value }] }] };
  };
  const checker: Checker = {
    environment,
    check: (node, scope) => checkNode(node, scope, checker),
    checkPresence: (node, scope) =>
      node.kind === "select" ? checkSelect(node, scope, checker, true) : checkNode(node, scope, checker),
    attempt(form) {
      if (attempts.left-- <= 0) return null;
      const scratch = createFindings();
      const made = form(createChecker(tree, start, { ...environment, findings: scratch }, attempts));
      return scratch.list.length === 0 ? made : null;
    },
    originOf,
    quote: (node) => `\`${shorten(tree.value.slice(start + node.start, start + node.end))}\``,
    report: (code, range, params, correction) =>
      findings.report(code, originOf(range), params, correction === undefined ? {} : correct(range, correction)),
  };
  return checker;
}

export const outermost: Scope = { bindings: new Map(), facts: new Map(), level: 0 };

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function checkNode(node: CelNode, scope: Scope, checker: Checker): Expression | null {
  switch (node.kind) {
    case "null":
      return { kind: "literal", value: null, type: nullType, origin: checker.originOf(node) };
    case "bool":
    case "string":
    case "int":
      return literalOf(node.value, checker.originOf(node));
    case "double":
      // Not of a literal type: 2.0 is no integer, so that 1.0 / 2.0 is a half.
      return { kind: "literal", value: node.value, type: number, origin: checker.originOf(node) };
    case "bytes":
      checker.report("WF_COMPILE_003", node, {
        feature: "a bytes literal",
        instead: "Use a string; JSON has no bytes.",
      });
      return null;
    case "name":
      return checkName(node, scope, checker);
    case "select":
      return checkSelect(node, scope, checker, false);
    case "index":
      return checkIndex(node, scope, checker);
    case "call":
      return checkCall(node, scope, checker);
    case "list":
      return checkList(node, scope, checker);
    case "map":
      return checkMap(node, scope, checker);
    case "unary":
      return checkUnary(node, scope, checker);
    case "binary":
      return checkBinary(node, scope, checker);
    case "conditional":
      return checkConditional(node, scope, checker);
    default:
      return node satisfies never;
  }
}

function checkName(node: Extract<CelNode, { kind: "name" }>, scope: Scope, checker: Checker): Expression | null {
  const origin = checker.originOf(node);
  const binding = scope.bindings.get(node.name);
  if (binding !== undefined) return refine(readBinding(binding, origin), scope);
  const found = checker.environment.resolve(node.name, origin);
  if (found === "reported") return null;
  if (found !== null) return refine(found, scope);
  reportUnknownName(node, node.name, scope, checker);
  return null;
}

function readBinding({ variable, member }: Binding, origin: Origin): Expression {
  const of: Expression = { kind: "variable", variable, type: variable.type, origin };
  if (member === null) return of;
  return {
    kind: "member",
    of,
    name: member,
    optional: false,
    type: memberOf(variable.type, member)?.type ?? unknown,
    origin,
  };
}

/** Names that a message lists. */
const MAX_NAMES = 12;

function reportUnknownName(range: Range, name: string, scope: Scope, checker: Checker): void {
  const names = [...scope.bindings.keys(), ...checker.environment.names];
  const near = nearest(name, names);
  const known = `${names.slice(0, MAX_NAMES).join(", ")}${names.length > MAX_NAMES ? ", …" : ""}`;
  checker.report(
    "WF_EXPRESSION_002",
    range,
    { name, known, nearest: near },
    /^[A-Za-z_]\w*$/.test(near) ? near : undefined,
  );
}

function checkConditional(
  node: Extract<CelNode, { kind: "conditional" }>,
  scope: Scope,
  checker: Checker,
): Expression | null {
  const test = checkTest(node.test, scope, checker, "? :");
  const after = (holds: boolean): Scope =>
    test === null ? scope : { ...scope, facts: learn(scope.facts, test, holds, scope.level) };
  const then = checker.check(node.then, after(true));
  const otherwise = checker.check(node.otherwise, after(false));
  if (test === null || then === null || otherwise === null) return null;
  if (test.kind === "literal") return test.value === true ? then : otherwise;
  const origin = checker.originOf(node);
  const isTime = then.type === otherwise.type && (then.type === timestampType || then.type === durationType);
  if (isTime) return { kind: "conditional", test, then, otherwise, type: then.type, origin };
  const [left, right] = [stored(then), stored(otherwise)];
  const type = union([left.type, right.type]);
  const read = defaulted(test, left);
  if (read !== null) return { kind: "binary", operator: "??", left: read, right, type, origin };
  return { kind: "conditional", test, then: left, otherwise: right, type, origin };
}

/** The `a.b` of `has(a.b) ? a.b : c` or `a.b != null ? a.b : c`, which TypeScript writes `a.b ?? c`; null: not of that form. */
function defaulted(test: Expression, then: Expression): Expression | null {
  const read = testedForPresence(test);
  const key = read && keyOf(read);
  return key !== null && key === keyOf(then) ? read : null;
}

function testedForPresence(test: Expression): Expression | null {
  if (test.kind === "binary")
    return test.operator === "!==" && test.right.kind === "literal" && test.right.value === null ? test.left : null;
  const [read] = test.kind === "call" && (test.fn === "isSet" || test.fn === "has") ? test.args : [];
  if (read === undefined || test.kind !== "call") return null;
  return test.fn === "has" && mayBeNull(read.type) ? null : read;
}
