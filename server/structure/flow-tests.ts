import type { Expression, Variable } from "../ir/expression.ts";
import type { Flow, Step } from "../ir/program.ts";
import { regionsIn, regionsOf, stepsOf } from "../ir/regions.ts";
import { assignedBy } from "../ir/visit.ts";
import type { FlowNode } from "./flow-graph.ts";

/** A condition of more operands than this is asked once, and its outcome kept. */
const MAX_OPERANDS = 3;

/**
 * The condition of a task that decides between two outcomes by it, where asking again gives the same answer: it calls nothing,
 * is short, and what it reads does not change. Null for others, and where it reads variables that may have no value.
 */
export function lastingTests(
  flow: Flow,
  isCertain: (node: FlowNode) => boolean,
): (node: FlowNode) => Expression | null {
  let changing: ReadonlySet<Variable> | null = null;

  return (node) => {
    const { choice } = node.task;
    if (node.isGate || choice.kind !== "cases") return null;
    const [only, ...others] = choice.cases;
    if (only === undefined || others.length > 0 || only.outcome === choice.otherwise) return null;
    changing ??= changingVariables(flow);
    const operands = operandsOf(only.when, changing, isCertain(node));
    return operands === null || operands > MAX_OPERANDS ? null : only.when;
  };
}

/** How many values an expression reads; null where it calls something, or reads what changes or, unless `isCertain`, may have no value. */
function operandsOf(expression: Expression, changing: ReadonlySet<Variable>, isCertain: boolean): number | null {
  switch (expression.kind) {
    case "literal":
      return 0;
    case "variable": {
      const { variable } = expression;
      return changing.has(variable) || (variable.role === "local" && !isCertain) ? null : 1;
    }
    case "member":
      return operandsOf(expression.of, changing, isCertain);
    case "unary":
      return operandsOf(expression.operand, changing, isCertain);
    case "binary": {
      const left = operandsOf(expression.left, changing, isCertain);
      const right = operandsOf(expression.right, changing, isCertain);
      return left === null || right === null ? null : left + right;
    }
    default:
      return null;
  }
}

/** Variables that the flow assigns at more than one place, or outside of its tasks. */
function changingVariables(flow: Flow): ReadonlySet<Variable> {
  const outside = new Set([...(flow.before ?? []), ...flow.after]);
  const seen = new Set<Variable>();
  const changing = new Set<Variable>();
  const visit = (step: Step): void => {
    const variable = assignedBy(step);
    if (variable !== null) (seen.has(variable) || outside.has(step) ? changing : seen).add(variable);
    for (const region of regionsOf(step)) for (const inner of regionsIn(region)) stepsOf(inner).forEach(visitOwn);
  };
  const visitOwn = (step: Step): void => {
    const variable = assignedBy(step);
    if (variable !== null) (seen.has(variable) ? changing : seen).add(variable);
  };
  stepsOf(flow).forEach(visit);
  return changing;
}
