import type { Expression, Variable } from "../ir/expression.ts";
import type { Step } from "../ir/program.ts";
import { nullType } from "../ir/types.ts";
import type { FlowNode } from "./flow-graph.ts";
import { assign, binary, joined, oneOf, read, text, truth } from "./flow-steps.ts";
import { negate } from "./negate.ts";

/** Variables that keep which outcome a task chose, where something later asks for it. */
export interface Outcomes {
  /** Asks for the outcome of a node at a place where it is, or is not, certain to have run. */
  need(node: FlowNode, isCertain: boolean): void;
  /** Keeps the outcome, if anybody asks for it. */
  keep(node: FlowNode, outcome: Expression): readonly Step[];
  /** Says of all nodes that have no outcome yet, where anybody asks who cannot know. */
  begin(): readonly Step[];
  /** Whether the outcome is one of these. */
  isOneOf(node: FlowNode, outcomes: readonly string[]): Expression;
  /** The type of an expression for the outcome. */
  typeOf(node: FlowNode): Variable["type"];
}

/** `testOf`: the condition that a node decided by, where it can be asked again in place of its outcome. */
export function createOutcomes(testOf: (node: FlowNode) => Expression | null): Outcomes {
  const uncertain = new Map<FlowNode, boolean>();
  const variables = new Map<FlowNode, Variable>();

  /** Made after all needs are known: a task that may have been skipped has no outcome then. */
  function variableOf(node: FlowNode): Variable {
    const name = node.isGate ? `${node.task.id} join` : `${node.task.id} outcome`;
    const type = uncertain.get(node) === true ? withNull(typeOf(node)) : typeOf(node);
    const variable = variables.get(node) ?? { name, type, role: "local" };
    variables.set(node, variable);
    return variable;
  }

  /** Null where the outcome is kept: of a node that may have been skipped, what its condition reads may have no value. */
  function lasting(node: FlowNode): Expression | null {
    return uncertain.get(node) === false ? testOf(node) : null;
  }

  const typeOf = (node: FlowNode): Variable["type"] => oneOf(node.outcomes);

  return {
    need(node, isCertain) {
      uncertain.set(node, uncertain.get(node) === true || !isCertain);
    },
    keep: (node, outcome) => (uncertain.has(node) && lasting(node) === null ? [assign(variableOf(node), outcome)] : []),
    begin() {
      return [...uncertain].flatMap(([node, isUncertain]) => {
        const nothing: Expression = { kind: "literal", value: null, type: nullType, origin: node.task.origin };
        return isUncertain ? [assign(variableOf(node), nothing)] : [];
      });
    },
    isOneOf(node, outcomes) {
      const { origin } = node.task;
      const test = lasting(node);
      if (test !== null) return asked(test, node, outcomes);
      const variable = read(variableOf(node), origin);
      const others = node.outcomes.filter((outcome) => !outcomes.includes(outcome));
      const [other] = others;
      if (others.length === 1 && other !== undefined && outcomes.length > 1 && uncertain.get(node) === false) {
        return binary("!==", variable, text(other, origin));
      }
      const tests = outcomes.map((outcome) => binary("===", variable, text(outcome, origin)));
      return joined("||", tests, origin);
    },
    typeOf,
  };
}

/** Of a node with two outcomes, the first of them where its condition holds. */
function asked(test: Expression, { task }: FlowNode, outcomes: readonly string[]): Expression {
  const { choice, origin } = task;
  const chosen = choice.kind === "cases" ? choice.cases[0]?.outcome : undefined;
  if (outcomes.length === 0) return truth(false, origin);
  if (outcomes.length > 1) return truth(true, origin);
  return outcomes[0] === chosen ? test : negate(test);
}

function withNull(type: Variable["type"]): Variable["type"] {
  return { kind: "union", of: [...(type.kind === "union" ? type.of : [type]), nullType] };
}
