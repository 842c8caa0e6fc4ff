import type { Expression } from "../ir/expression.ts";
import type { GivenNumber, RetryRule } from "../ir/program.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { Code, Property } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { millisecondsText, numberText, stringLiteral } from "./text.ts";

export interface PolicyParts {
  readonly timeoutMs: Expression | null;
  readonly timeoutError?: string;
  /** There is a time limit that something else than `timeoutMs` sets. */
  readonly isLimited?: boolean;
  readonly heartbeatMs?: Expression | null;
  readonly credentials?: Expression;
  readonly retry: readonly RetryRule[];
}

/** `{ retry: […], timeoutMs: 30_000 }` without what the runtime takes by default; null where nothing is left. */
export function policyCode(parts: PolicyParts, expressions: ExpressionPrinter, names: ModuleNames): Code | null {
  const properties: Property[] = [];
  const rules = parts.retry.filter((rule) => rule.retries > 0 || rule.given || parts.retry.length > 1);
  if (rules.length > 0)
    properties.push(
      property("retry", { kind: "array", items: rules.map((rule) => ruleCode(rule, expressions, names)) }),
    );
  if (parts.timeoutMs !== null) properties.push(property("timeoutMs", expressions.milliseconds(parts.timeoutMs)));
  const { timeoutError = "Timeout" } = parts;
  if ((parts.timeoutMs !== null || parts.isLimited) && timeoutError !== "Timeout") {
    properties.push(property("timeoutError", { kind: "string", raw: stringLiteral(timeoutError) }));
  }
  if (parts.heartbeatMs) properties.push(property("heartbeatMs", expressions.milliseconds(parts.heartbeatMs)));
  if (parts.credentials) properties.push(property("credentials", expressions.code(parts.credentials)));
  return properties.length === 0 ? null : { kind: "object", properties };
}

function ruleCode(rule: RetryRule, expressions: ExpressionPrinter, names: ModuleNames): Code {
  const properties: Property[] = [];
  if (rule.when !== null) properties.push(property("when", whenCode(rule, rule.when, expressions, names)));
  const given = new Map((rule.given ?? []).map(({ name, value }) => [name, value]));
  const number = (name: GivenNumber["name"], fixed: string | null): void => {
    const value = given.get(name);
    if (value !== undefined) properties.push(property(name, expressions.code(value)));
    else if (fixed !== null) properties.push(property(name, { kind: "number", raw: fixed }));
  };
  number("retries", numberText(rule.retries));
  number("initialMs", millisecondsText(rule.initialMs));
  number("multiplier", rule.multiplier === 2 ? null : numberText(rule.multiplier));
  number("maxMs", Number.isFinite(rule.maxMs) ? millisecondsText(rule.maxMs) : null);
  if (rule.jitter !== 0) {
    const jitter: Code =
      rule.jitter === "full" ? { kind: "string", raw: '"full"' } : { kind: "number", raw: numberText(rule.jitter) };
    properties.push(property("jitter", jitter));
  }
  return { kind: "object", properties };
}

function whenCode(rule: RetryRule, when: Expression, expressions: ExpressionPrinter, names: ModuleNames): Code {
  if (rule.failure === null) return expressions.lambda([], when);
  const name = names.bind(rule.failure, "failure");
  const body = expressions.narrowing.block(() => expressions.code(when));
  const parameters = names.isUsed(name) ? [name] : [];
  names.unbind(rule.failure);
  return { kind: "arrow", async: false, parameters, body };
}

function property(key: string, value: Code): Property {
  return { kind: "property", key, value, origin: null };
}
