import type { Expression, Variable } from "../ir/expression.ts";
import type { Region, Step } from "../ir/program.ts";
import { regionsIn, stepsOf } from "../ir/regions.ts";

/** What a step stores directly. The value is null where it comes from outside. */
export function storesOf(step: Step): { readonly variable: Variable; readonly value: Expression | null } | null {
  if (step.kind === "assign") return step;
  const holdsResult =
    step.kind === "call" || step.kind === "receive" || step.kind === "race" || step.kind === "forEach";
  return holdsResult && step.result !== null ? { variable: step.result, value: null } : null;
}

/** The variables that steps of a region store into, those of the regions inside it included, with how often. */
export function variablesAssigned(region: Region): ReadonlyMap<Variable, number> {
  const counts = new Map<Variable, number>();
  for (const one of regionsIn(region)) {
    for (const step of stepsOf(one)) {
      const stored = storesOf(step)?.variable;
      if (stored !== undefined) counts.set(stored, (counts.get(stored) ?? 0) + 1);
    }
  }
  return counts;
}
