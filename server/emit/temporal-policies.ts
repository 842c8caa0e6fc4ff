import type { Expression, Variable } from "../ir/expression.ts";
import type { RetryRule } from "../ir/program.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { Code, Property } from "./layout/syntax.ts";
import type { PolicyParts } from "./policies.ts";
import type { CallStep } from "./target.ts";
import { millisecondsText, numberText, stringLiteral } from "./text.ts";

/** Temporal wants a limit: with none it would never learn that a worker is gone. This one is long enough for any activity. */
const defaultTimeout = "1 day";

/** The longest interval that Temporal uses unless told, as a multiple of the first one. */
const defaultIntervals = 100;

/** Ten years, in milliseconds: intervals of more would overflow Temporal's durations. */
const longestInterval = 315_360_000_000;

/** What `proxyActivities` is told about a call: `{ startToCloseTimeout: 30_000, retry: { maximumAttempts: 1 } }`. */
export function activityOptions(step: CallStep, expressions: ExpressionPrinter): Code {
  const limit = step.timeoutMs !== null && isKnown(step.timeoutMs) ? step.timeoutMs : null;
  const heartbeat = step.heartbeatMs && isKnown(step.heartbeatMs) ? step.heartbeatMs : null;
  const [rule] = step.retry;
  const policy = rule === undefined || !isTemporal(step) ? [attempts(1)] : retryPolicy(rule);
  const properties: Property[] = [
    property("startToCloseTimeout", limit === null ? text(defaultTimeout) : expressions.milliseconds(limit)),
    ...(heartbeat === null ? [] : [property("heartbeatTimeout", expressions.milliseconds(heartbeat))]),
    property("retry", { kind: "object", properties: policy }),
  ];
  return { kind: "object", properties };
}

/** What is left to tell the runtime's `call`: limits that only a run knows, and rules that Temporal has no policy for. */
export function restOfPolicy(step: CallStep): PolicyParts {
  const { timeoutMs, timeoutError, heartbeatMs } = step;
  return {
    timeoutMs: timeoutMs !== null && isKnown(timeoutMs) ? null : timeoutMs,
    heartbeatMs: heartbeatMs && isKnown(heartbeatMs) ? null : (heartbeatMs ?? null),
    ...(timeoutError !== undefined && { timeoutError }),
    ...(timeoutMs !== null && { isLimited: true }),
    retry: isTemporal(step) ? [] : step.retry,
  };
}

function isKnown(milliseconds: Expression): boolean {
  return milliseconds.kind === "literal" && typeof milliseconds.value === "number" && milliseconds.value >= 1;
}

/** Whether Temporal itself can do the retries: there is one rule without jitter, for all failures but those of some names. */
function isTemporal(step: CallStep): boolean {
  const [rule, ...others] = step.retry;
  if (rule === undefined) return true;
  const excluded = excludedNames(rule);
  const ownNames = [step.timeoutError ?? "Timeout", "States.HeartbeatTimeout"];
  return (
    others.length === 0 &&
    rule.given === undefined &&
    excluded !== null &&
    !excluded.some((name) => ownNames.includes(name)) &&
    rule.jitter === 0 &&
    rule.multiplier >= 1 &&
    firstInterval(rule) >= 1
  );
}

function retryPolicy(rule: RetryRule): readonly Property[] {
  const excluded = excludedNames(rule) ?? [];
  const first = firstInterval(rule);
  const last = Math.min(rule.initialMs * rule.multiplier ** Math.max(rule.retries - 1, 0), longestInterval);
  const isBounded = Number.isFinite(rule.maxMs);
  const longest = isBounded ? Math.max(rule.maxMs, first) : last > defaultIntervals * first ? last : null;
  return [
    property("initialInterval", number(millisecondsText(first))),
    ...(rule.multiplier === 2 ? [] : [property("backoffCoefficient", number(numberText(rule.multiplier)))]),
    ...(longest === null ? [] : [property("maximumInterval", number(millisecondsText(longest)))]),
    attempts(rule.retries + 1),
    ...(excluded.length === 0
      ? []
      : [property("nonRetryableErrorTypes", { kind: "array", items: excluded.map(text) } as const)]),
  ];
}

function firstInterval(rule: RetryRule): number {
  return Math.min(rule.initialMs, rule.maxMs, longestInterval);
}

/** The names of the failures that a rule leaves alone; null where it is not made in that way. */
function excludedNames({ failure, when }: RetryRule): readonly string[] | null {
  if (when === null || (when.kind === "literal" && when.value === true)) return [];
  if (when.kind === "call" && when.fn === "matchesError") return matchesAll(when.args) ? ["States.Runtime"] : null;
  return unequalNames(when, failure);
}

/** `matchesError(failure.name, ["States.ALL"])`, which is not for `States.Runtime`. */
function matchesAll([, names]: readonly Expression[]): boolean {
  const [only] = names?.kind === "array" ? names.items : [];
  return only?.kind === "literal" && only.value === "States.ALL";
}

/** `failure.name !== "A" && !(failure.name === "B")` */
function unequalNames(test: Expression, failure: Variable | null): readonly string[] | null {
  if (test.kind === "unary" && test.operator === "!") return equalNames(test.operand, failure);
  if (test.kind !== "binary") return null;
  if (test.operator === "&&") return both(unequalNames(test.left, failure), unequalNames(test.right, failure));
  return test.operator === "!==" ? nameIn(test, failure) : null;
}

/** `failure.name === "A" || failure.name === "B"` */
function equalNames(test: Expression, failure: Variable | null): readonly string[] | null {
  if (test.kind !== "binary") return null;
  if (test.operator === "||") return both(equalNames(test.left, failure), equalNames(test.right, failure));
  return test.operator === "===" ? nameIn(test, failure) : null;
}

function both(left: readonly string[] | null, right: readonly string[] | null): readonly string[] | null {
  return left === null || right === null ? null : [...left, ...right];
}

/** What a comparison compares the name of the failure with. */
function nameIn({ left, right }: Expression & { kind: "binary" }, failure: Variable | null): readonly string[] | null {
  const isName = left.kind === "member" && left.name === "name" && left.of.kind === "variable";
  return isName && left.of.variable === failure && right.kind === "literal" && typeof right.value === "string"
    ? [right.value]
    : null;
}

function attempts(count: number): Property {
  return property("maximumAttempts", number(numberText(count)));
}

function number(raw: string): Code {
  return { kind: "number", raw };
}

function text(value: string): Code {
  return { kind: "string", raw: stringLiteral(value) };
}

function property(key: string, value: Code): Property {
  return { kind: "property", key, value, origin: null };
}
