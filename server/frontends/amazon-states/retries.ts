import type { Expression } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { integer } from "../../ir/types.ts";
import { visitExpression } from "../../ir/visit.ts";
import { countOfScope } from "./context-object.ts";
import { assign, localVariable, type StateScope } from "./scope.ts";

/** A Parallel or Map in which `$$.State.RetryCount` is a variable. */
export interface CountedState {
  readonly state: StateScope;
  /** The step that sets it at the beginning of each attempt, where any of these expressions reads it. */
  countFor(expressions: readonly Expression[]): readonly Step[];
}

export function withRetries(state: StateScope): CountedState {
  const { origin } = state;
  const retries = localVariable(`${state.name} retries`, integer);
  const isRead = (expression: Expression): boolean => {
    let found = false;
    visitExpression(expression, (part) => {
      found ||= part.kind === "variable" && part.variable === retries;
    });
    return found;
  };
  return {
    state: { ...state, retries },
    countFor: (expressions) => (expressions.some(isRead) ? [assign(retries, countOfScope(origin), origin)] : []),
  };
}
