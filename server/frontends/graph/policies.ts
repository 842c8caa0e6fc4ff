import {
  booleanField,
  checkFields,
  itemsOrReport,
  objectOrReport,
  type Place,
  reportChoice,
  reportValue,
} from "../../components/fields.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Join, RetryRule } from "../../ir/program.ts";
import { boolean, integer, type ObjectType, string } from "../../ir/types.ts";
import { type ObjectTree, originOf, type Tree } from "../../source/tree.ts";
import { durationForms, durationMs } from "./durations.ts";

/** What a handler knows of a failure, and what an error port gives. */
export const failureType: ObjectType = {
  kind: "object",
  members: new Map([
    ["name", { type: string, required: true }],
    ["message", { type: string, required: true }],
  ]),
  additional: null,
};

export function failureVariable(): Variable {
  return { name: "failure", type: failureType, role: "bound" };
}

/** The port of a node that is taken when it is cancelled by another. */
export const cancelledPort = "cancelled";

/** More names than this make no sense in one rule. */
const maxNames = 50;
const maxAttempts = 1_000;
const anyLength = Number.POSITIVE_INFINITY;

/** `retry` of a node. Attempts count the first one; the defaults are those of docs/graph-format.md. */
export function readRetry(tree: Tree, place: Place): readonly RetryRule[] {
  const object = objectOrReport(tree, "retry", place);
  if (object === null) return [];
  const fields = ["maxAttempts", "initialInterval", "maxInterval", "multiplier", "jitter", "on", "notOn"];
  checkFields(object, "`retry`", fields, ["maxAttempts"], place);
  const attempts = numberField(object, "maxAttempts", { from: 1, to: maxAttempts, whole: true }, place) ?? 1;
  const initialMs = durationField(object, "initialInterval", place) ?? 1_000;
  const maxMs = durationField(object, "maxInterval", place) ?? Math.max(60_000, initialMs);
  const multiplier = numberField(object, "multiplier", { from: 1, to: 100 }, place) ?? 2;
  const jitter = numberField(object, "jitter", { from: 0, to: 1 }, place) ?? 0;
  const failure = failureVariable();
  const when = retryCondition(object, failure, place);
  if (attempts === 1) return [];
  return [
    { failure: when === null ? null : failure, when, retries: attempts - 1, initialMs, multiplier, maxMs, jitter },
  ];
}

function retryCondition(retry: ObjectTree, failure: Variable, place: Place): Expression | null {
  const origin = originOf(retry, place.node);
  const on = namesField(retry, "on", place);
  const notOn = namesField(retry, "notOn", place);
  const wanted = on === null ? null : isNamed(failure, on, origin);
  const unwanted = notOn === null || notOn.length === 0 ? null : isNamed(failure, notOn, origin);
  if (unwanted === null) return wanted;
  const others: Expression = { kind: "unary", operator: "!", operand: unwanted, type: boolean, origin };
  return wanted === null
    ? others
    : { kind: "binary", operator: "&&", left: wanted, right: others, type: boolean, origin };
}

/** Whether a failure has one of some names. */
export function isNamed(failure: Variable, names: readonly string[], origin: Expression["origin"]): Expression {
  const name: Expression = {
    kind: "member",
    of: { kind: "variable", variable: failure, type: failure.type, origin },
    name: "name",
    optional: false,
    type: string,
    origin,
  };
  const tests = names.map((value): Expression => {
    const literal: Expression = { kind: "literal", value, type: { kind: "literal", value }, origin };
    return { kind: "binary", operator: "===", left: name, right: literal, type: boolean, origin };
  });
  const none: Expression = { kind: "literal", value: false, type: boolean, origin };
  const [first = none, ...others] = tests;
  return others.reduce(
    (left, right) => ({ kind: "binary", operator: "||", left, right, type: boolean, origin }),
    first,
  );
}

function namesField(object: ObjectTree, field: string, place: Place): readonly string[] | null {
  const tree = object.byKey.get(field)?.value;
  if (tree === undefined) return null;
  const items = itemsOrReport(tree, field, place);
  if (items.length > maxNames) {
    const params = { what: `error names in \`${field}\``, count: String(items.length), limit: String(maxNames) };
    place.findings.report("WF_VALIDATION_016", originOf(tree, place.node), params);
    return null;
  }
  for (const item of items) if (item.kind !== "string") reportValue(item, field, "the name of an error", place);
  return items.flatMap((item) => (item.kind === "string" ? [item.value] : []));
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly whole?: true;
}

function numberField(object: ObjectTree, field: string, range: Range, place: Place): number | null {
  const tree = object.byKey.get(field)?.value;
  if (tree === undefined) return null;
  const isRight = tree.kind === "number" && tree.value >= range.from && tree.value <= range.to;
  if (isRight && (range.whole !== true || Number.isInteger(tree.value))) return tree.value;
  const kind = range.whole === true ? "a whole number" : "a number";
  reportValue(
    tree,
    field,
    range.to === anyLength ? `${kind} from ${range.from}` : `${kind} from ${range.from} to ${range.to}`,
    place,
  );
  return null;
}

export function durationField(object: ObjectTree, field: string, place: Place): number | null {
  const tree = object.byKey.get(field)?.value;
  if (tree === undefined) return null;
  const ms = tree.kind === "string" ? durationMs(tree.value) : null;
  if (ms === null) reportValue(tree, field, durationForms, place);
  return ms;
}

/** A number of milliseconds as the IR wants it. */
export function milliseconds(ms: number, tree: Tree, node: string): Expression {
  return { kind: "literal", value: ms, type: integer, origin: originOf(tree, node) };
}

export interface JoinRule {
  readonly join: Join;
  readonly cancelsRest: boolean;
  readonly isEach: boolean;
}

/** `join` of a node: `all`, `any` (the default), `first`, `each`, `{ n: 2 }` or `{ n: 2, cancel: true }`. */
export function readJoin(tree: Tree | undefined, place: Place): JoinRule {
  const rule = { join: { kind: "any" }, cancelsRest: false, isEach: false } as const;
  if (tree === undefined) return rule;
  if (tree.kind === "object") {
    checkFields(tree, "`join`", ["n", "cancel"], ["n"], place);
    const count = numberField(tree, "n", { from: 1, to: anyLength, whole: true }, place);
    const cancelsRest = booleanField(tree, "cancel", place);
    return count === null ? rule : { ...rule, join: { kind: "count", count }, cancelsRest };
  }
  if (tree.kind === "string" && tree.value === "each") return { ...rule, isEach: true };
  if (tree.kind === "string" && (tree.value === "all" || tree.value === "any" || tree.value === "first"))
    return { ...rule, join: { kind: tree.value } };
  reportChoice(tree, "join", ["all", "any", "first", "each", "{ n: 2 }"], place);
  return rule;
}
