import type { Expression } from "../ir/expression.ts";
import type { Completion, RaceAlternative, RetryRule, RuntimeForm, Step } from "../ir/program.ts";

type Change = (expression: Expression) => Expression;

/** The step with each expression in it replaced, but for those of steps inside it. */
export function mapExpressions(step: Step, change: Change): Step {
  switch (step.kind) {
    case "call":
      return {
        ...step,
        input: change(step.input),
        ...(step.by && { by: changedForm(step.by, change) }),
        ...(step.credentials && { credentials: change(step.credentials) }),
        timeoutMs: changedOrNull(step.timeoutMs, change),
        ...(step.heartbeatMs !== undefined && { heartbeatMs: changedOrNull(step.heartbeatMs, change) }),
        retry: step.retry.map((rule) => changedRule(rule, change)),
      };
    case "assign":
    case "evaluate":
      return { ...step, value: change(step.value) };
    case "decide":
      return { ...step, cases: step.cases.map((each) => ({ ...each, when: change(each.when) })) };
    case "fork":
      return {
        ...step,
        branches: step.branches.map((branch) => ({ ...branch, after: changedAfter(branch.after, change) })),
      };
    case "forEach":
      return {
        ...step,
        items: change(step.items),
        concurrency: changedOrNull(step.concurrency, change),
        ...(step.by && { by: changedForm(step.by, change) }),
        ...(step.completion && { completion: changedCompletion(step.completion, change) }),
      };
    case "loop":
      return { ...step, test: changedOrNull(step.test, change) };
    case "try":
      return {
        ...step,
        handlers: step.handlers.map((handler) => ({ ...handler, when: changedOrNull(handler.when, change) })),
      };
    case "wait":
      return { ...step, until: changedUntil(step.until, change) };
    case "receive":
      return { ...step, timeoutMs: changedOrNull(step.timeoutMs, change) };
    case "scope":
      return {
        ...step,
        timeoutMs: changedOrNull(step.timeoutMs, change),
        retry: step.retry.map((rule) => changedRule(rule, change)),
      };
    case "race":
      return {
        ...step,
        alternatives: step.alternatives.map((each) => ({ ...each, event: changedEvent(each.event, change) })),
      };
    case "finish":
    case "terminate":
      return { ...step, value: changedOrNull(step.value, change) };
    case "fail":
      return { ...step, error: change(step.error), cause: change(step.cause) };
    case "visit":
    case "skip":
    case "lock":
    case "cancellable":
    case "control":
    case "block":
    case "break":
    case "continue":
    case "rethrow":
      return step;
    default:
      return step satisfies never;
  }
}

function changedForm(form: RuntimeForm, change: Change): RuntimeForm {
  return { ...form, more: changedOrNull(form.more, change) };
}

function changedCompletion(completion: Completion, change: Change): Completion {
  return {
    ...completion,
    count: changedOrNull(completion.count, change),
    until: changedOrNull(completion.until, change),
  };
}

function changedEvent(event: RaceAlternative["event"], change: Change): RaceAlternative["event"] {
  return event.kind === "message" ? event : changedUntil(event, change);
}

type Fork = Extract<Step, { readonly kind: "fork" }>;
type Wait = Extract<Step, { readonly kind: "wait" }>;

function changedAfter(after: Fork["branches"][number]["after"], change: Change): Fork["branches"][number]["after"] {
  if (after.kind === "all") return after;
  return { ...after, branches: after.branches.map((each) => ({ ...each, taken: change(each.taken) })) };
}

function changedUntil(until: Wait["until"], change: Change): Wait["until"] {
  return until.kind === "duration"
    ? { ...until, ms: change(until.ms) }
    : { ...until, timestamp: change(until.timestamp) };
}

function changedRule(rule: RetryRule, change: Change): RetryRule {
  const given = rule.given?.map((number) => ({ ...number, value: change(number.value) }));
  return { ...rule, when: changedOrNull(rule.when, change), ...(given && { given }) };
}

function changedOrNull(expression: Expression | null, change: Change): Expression | null {
  return expression === null ? null : change(expression);
}
