import type { Expression, Variable } from "../../ir/expression.ts";
import type { Choice, FlowHandler, Step } from "../../ir/program.ts";
import { string, type Type, union } from "../../ir/types.ts";
import { literal } from "./calls.ts";
import { type Certainty, successOf } from "./certainty.ts";
import type { Lowered } from "./lowered.ts";
import type { Node } from "./nodes.ts";
import { cancelledPort, failureType, failureVariable, isNamed } from "./policies.ts";
import { objectType, type Ports, type PortValue, read } from "./scope.ts";

interface WithFailures {
  readonly steps: readonly Step[];
  readonly choice: Choice;
  readonly caught: Ports;
}

/** What becomes of a node's failures: those that a connection starts from are caught, and become the value of its port. */
export function withFailures(node: Node, { steps, chosen }: Lowered, certainty: Certainty): WithFailures {
  const names = certainty.caughtOf(node);
  const caught = new Map(
    names.map((name) => [name, { name: `${node.id} ${name}`, type: failureType, role: "local" } satisfies Variable]),
  );
  const handlers = [...caught].map(([name, variable]) => handlerOf(node, name, variable));
  const ports = new Map(
    [...caught].map(([name, variable]): [string, PortValue] => [name, (origin) => read(variable, origin)]),
  );
  if (handlers.length === 0)
    return { steps, choice: chosen === null ? { kind: "all" } : { kind: "cases", ...chosen }, caught: ports };
  if (chosen === null) return { steps, choice: { kind: "failure", ok: successOf(names), handlers }, caught: ports };
  return { ...caughtChoice(node, steps, chosen, handlers), caught: ports };
}

function handlerOf(node: Node, name: string, variable: Variable): FlowHandler {
  const { origin } = node;
  const failure = failureVariable();
  const member = (key: "name" | "message"): { key: string; value: Expression } => ({
    key,
    value: { kind: "member", of: read(failure, origin), name: key, optional: false, type: string, origin },
  });
  const members = [member("name"), member("message")];
  const value: Expression = { kind: "object", members, type: objectType(members), origin };
  const when = name === "error" ? null : isNamed(failure, [name === cancelledPort ? "Cancelled" : name], origin);
  return { failure, when, steps: [{ kind: "assign", variable, value, origin }], outcome: name };
}

/** A node that both chooses a port and has its failures caught notes what came about in a variable. */
function caughtChoice(
  node: Node,
  steps: readonly Step[],
  chosen: NonNullable<Lowered["chosen"]>,
  handlers: readonly FlowHandler[],
): Pick<WithFailures, "steps" | "choice"> {
  const { origin } = node;
  const success = [...chosen.cases.map((one) => one.outcome), chosen.otherwise];
  const all = [...new Set([...success, ...handlers.map((handler) => handler.outcome)])];
  const type = union(all.map((value): Type => ({ kind: "literal", value })));
  const outcome: Variable = { name: `${node.id} outcome`, type, role: "local" };
  const note = (name: string): Step => ({ kind: "assign", variable: outcome, value: literal(name, origin), origin });
  const cases = chosen.cases.map((one) => ({
    when: one.when,
    then: { kind: "sequence", steps: [note(one.outcome)] } as const,
  }));
  const choose: Step = {
    kind: "decide",
    cases,
    otherwise: { kind: "sequence", steps: [note(chosen.otherwise)] },
    origin,
  };
  const attempt: Step = {
    kind: "try",
    body: { kind: "sequence", steps: [...steps, choose] },
    handlers: handlers.map(({ failure, when, steps: first, outcome: name }) => ({
      failure,
      when,
      body: { kind: "sequence", steps: [...first, note(name)] },
    })),
    finally: null,
    origin,
  };
  const last = all.at(-1) ?? "error";
  const outcomes = all.slice(0, -1).map((name) => {
    const test: Expression = {
      kind: "binary",
      operator: "===",
      left: read(outcome, origin),
      right: literal(name, origin),
      type: { kind: "boolean" },
      origin,
    };
    return { when: test, outcome: name };
  });
  return { steps: [attempt], choice: { kind: "cases", cases: outcomes, otherwise: last } };
}
