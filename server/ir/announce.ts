import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "./expression.ts";
import type { Step } from "./program.ts";
import { expressionsOf, visitExpression } from "./visit.ts";

/** A node or state to which steps belong. */
export interface Announced {
  readonly name: string;
  readonly origin: Origin;
  /** What its author says of it; "" for nothing. */
  readonly comment: string;
}

/**
 * The steps of a node or state, announced: the first one that is there to stay bears the comment, and where what they are
 * given may fail to be made, the node is entered before, so that the failure is its own.
 */
export function announce(steps: readonly Step[], { name, origin, comment }: Announced): readonly Step[] {
  const enter: Step = { kind: "visit", step: name, isSilent: true, origin };
  const announced = canFailEarly(steps) ? [enter, ...steps] : steps;
  if (comment === "") return announced;
  // An assignment may be found to be needless.
  const first = announced.findIndex(({ kind }) => kind !== "assign");
  return announced.map((step, index) => (index === Math.max(first, 0) ? { ...step, comment } : step));
}

/** Whether something is computed that can fail before the first of the steps has begun. */
function canFailEarly(steps: readonly Step[]): boolean {
  for (const step of steps) {
    if (step.kind === "visit") return false;
    if (step.kind === "lock" || step.kind === "cancellable")
      return step.body.kind === "sequence" && canFailEarly(step.body.steps);
    if (computedBefore(step).some(canFail)) return true;
    if (step.kind !== "assign" && step.kind !== "evaluate") return false;
  }
  return false;
}

/** What is computed for a step and not by it, as the tests of its retries are. */
function computedBefore(step: Step): readonly Expression[] {
  const given = (...expressions: readonly (Expression | null | undefined)[]): readonly Expression[] =>
    expressions.filter((expression) => expression != null);
  switch (step.kind) {
    case "call":
      return given(step.input, step.by?.more, step.credentials, step.timeoutMs, step.heartbeatMs);
    case "scope":
      return given(step.timeoutMs);
    case "forEach":
      return given(step.items, step.concurrency, step.by?.more, step.completion?.count);
    case "try":
      return [];
    default:
      return expressionsOf(step);
  }
}

function canFail(expression: Expression): boolean {
  let found = false;
  visitExpression(expression, (part) => {
    found ||= part.kind === "call";
  });
  return found;
}
