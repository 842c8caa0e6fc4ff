import type { Origin } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { PathScope } from "../../expressions/jsonpath.ts";
import type { PathStep } from "../../expressions/jsonpath-parse.ts";
import { call, literal, text } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import { integer, type MemberType, string, type Type, unknown } from "../../ir/types.ts";
import { get } from "../../source/tree.ts";
import { awaitsCallback } from "./callbacks.ts";
import { compileQueryValue, type QueryBound } from "./jsonata-values.ts";
import { read, type StateScope } from "./scope.ts";

/** The expressions of a state, over what they can name at one place of it: `data` is what `$` stands for in JSONPath. */
export function pathScope(state: StateScope, data: Expression, bound: QueryBound = {}): PathScope {
  const { definition } = state;
  const scope: PathScope = {
    findings: definition.findings,
    node: state.name,
    data,
    text: definition.substitutions.text,
    context(steps, origin, problem) {
      const unsupported = (feature: string): void => {
        definition.findings.report("WF_COMPILE_003", origin, {
          feature,
          instead: "Pass the value in the workflow's input.",
        });
      };
      return contextValue(contextObject(state, origin), steps, problem, unsupported);
    },
    variable(name, origin) {
      const variable = state.variables.find(name, origin);
      if (variable?.isCertain) return variable.value;
      const value = variable?.value ?? call("noValue", [], unknown, origin);
      return call("variableValue", [value, text(name, origin)], unknown, origin);
    },
  };
  if (state.language === "JSONPath") return scope;
  return { ...scope, query: (tree) => compileQueryValue(state, tree, bound, scope) };
}

/** The context object `$$`: what is known of it when the module is made, and how to ask the run for the rest. */
type ContextNode =
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, ContextNode> }
  /** Hidden: there for who asks for it, and no part of the whole object. */
  | { readonly kind: "value"; readonly value: Expression; readonly isHidden?: true }
  | { readonly kind: "unsupported"; readonly feature: string };

function contextObject(state: StateScope, origin: Origin): ContextNode {
  const value = (expression: Expression): ContextNode => ({ kind: "value", value: expression });
  const object = (members: Readonly<Record<string, ContextNode>>): ContextNode => ({
    kind: "object",
    members: new Map(Object.entries(members)),
  });
  const fact = (name: string): ContextNode =>
    value({ kind: "call", fn: "executionFact", args: [text(name, origin)], scope: true, type: string, origin });
  const awaits = awaitsCallback(state.tree);
  const token = (attempt: Variable): ContextNode => ({
    kind: "value",
    value: ofAttempt(attempt, "taskToken", string, origin),
    ...(awaits === "possibly" && { isHidden: true }),
  });
  const retryCount = retryCountOf(state, value({ ...literal(0, origin), type: integer }), origin);
  return object({
    Execution: object({
      Id: fact("executionId"),
      Input: value(state.executionInput ?? read(state.definition.input, origin)),
      StartTime: fact("startTime"),
      Name: fact("executionName"),
      RoleArn: fact("roleArn"),
      RedriveCount: value({ ...literal(0, origin), type: integer }),
    }),
    StateMachine: object({ Id: fact("stateMachineId"), Name: fact("stateMachineName") }),
    State: object({
      Name: value(text(state.name, origin)),
      EnteredTime: value({ kind: "call", fn: "currentTime", args: [], scope: true, type: string, origin }),
      ...(retryCount && { RetryCount: retryCount }),
    }),
    ...(state.item && {
      Map: object({
        Item: object({ Index: value(read(state.item.index, origin)), Value: value(read(state.item.value, origin)) }),
      }),
    }),
    ...(typeof state.attempt === "object" && awaits !== "no" && { Task: object({ Token: token(state.attempt) }) }),
  });
}

function ofAttempt(attempt: Variable, name: string, type: Type, origin: Origin): Expression {
  return { kind: "member", of: read(attempt, origin), name, optional: false, type, origin };
}

/** How often the state at hand was tried again. */
export function countOfScope(origin: Origin): Expression {
  return { kind: "call", fn: "retryCount", args: [], scope: true, type: integer, origin };
}

/** Only states that can be tried again have one; without a Retry it is always 0. */
function retryCountOf({ tree, attempt, retries }: StateScope, zero: ContextNode, origin: Origin): ContextNode | null {
  const type = get(tree, "Type");
  if (type?.kind !== "string" || !["Task", "Parallel", "Map"].includes(type.value)) return null;
  if (get(tree, "Retry") === undefined) return zero;
  if (attempt === "last") return { kind: "value", value: countOfScope(origin) };
  if (retries !== undefined) return { kind: "value", value: read(retries, origin) };
  if (attempt !== undefined) return { kind: "value", value: ofAttempt(attempt, "retryCount", integer, origin) };
  return { kind: "unsupported", feature: "`$$.State.RetryCount` at this place of a state with Retry" };
}

function contextValue(
  root: ContextNode,
  steps: readonly PathStep[],
  problem: (text: string) => void,
  unsupported: (feature: string) => void,
): { value: Expression; rest: number } | null {
  let node = root;
  let at = 0;
  for (const step of steps) {
    if (node.kind !== "object") break;
    if (step.kind !== "name") {
      problem("the context object is read by names, such as `$$.Execution.Name`");
      return null;
    }
    const next: ContextNode | undefined = node.members.get(step.name);
    if (next === undefined) {
      const near = nearest(step.name, node.members.keys());
      problem(`the context object has no \`${step.name}\` here${near === "" ? "" : `; did you mean \`${near}\`?`}`);
      return null;
    }
    node = next;
    at++;
  }
  if (node.kind === "unsupported") {
    unsupported(node.feature);
    return null;
  }
  return { value: toExpression(node), rest: at };
}

/** The parts of the context object that exist, as one value. */
function toExpression(node: ContextNode & { kind: "object" | "value" }): Expression {
  if (node.kind === "value") return node.value;
  const members = [...node.members].flatMap(([key, member]) =>
    member.kind === "unsupported" || isLeftOut(member) || isEmpty(member) ? [] : [{ key, value: toExpression(member) }],
  );
  const types = new Map<string, MemberType>(
    members.map(({ key, value }) => [key, { type: value.type, required: true }]),
  );
  const origin = members[0]?.value.origin ?? { span: { start: 0, end: 0 }, pointer: "", node: "" };
  return { kind: "object", members, type: { kind: "object", members: types, additional: null }, origin };
}

function isEmpty(node: ContextNode): boolean {
  return node.kind === "object" && [...node.members.values()].every(isLeftOut);
}

function isLeftOut(node: ContextNode): boolean {
  return node.kind === "unsupported" || (node.kind === "value" && node.isHidden === true);
}
