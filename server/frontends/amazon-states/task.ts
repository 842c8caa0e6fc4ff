import { call, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { CallStep, Step } from "../../ir/program.ts";
import { integer, string, type Type } from "../../ir/types.ts";
import { visitExpression } from "../../ir/visit.ts";
import { get, originOf, type Tree } from "../../source/tree.ts";
import { activityName, taskContext } from "./activities.ts";
import { compileAssign } from "./assign.ts";
import { awaitsCallback } from "./callbacks.ts";
import { pathScope } from "./context-object.ts";
import {
  effectiveInput,
  fieldValue,
  isDiscarded,
  isOutput,
  preparedInput,
  selectedResult,
  stateOutput,
} from "./data-flow.ts";
import { catchHandlers, retryRules } from "./error-handling.ts";
import { numberField, textField } from "./fields.ts";
import { compileTemplate, describe } from "./payload.ts";
import { localVariable, read, type StateCode, type StateScope } from "./scope.ts";
import { milliseconds } from "./simple-states.ts";
import { hasPlaceholder } from "./substitutions.ts";
import { proceed } from "./transitions.ts";

export function compileTask(state: StateScope): StateCode {
  const activity = resourceActivity(state);
  checkExpress(state);
  const attempt: Variable = { name: "attempt", type: attemptType, role: "bound" };
  const { steps, value: input } = preparedInput({ ...state, attempt }, "Parameters");
  const awaits = awaitsCallback(state.tree);
  const isAwaited = awaits === "yes" || (awaits === "possibly" && mentions(input, attempt, "taskToken"));
  const isRemade = isAwaited || mentions(input, attempt);
  state.definition.activities.use(activity, input.type, state.origin, isAwaited ? taskContext : undefined);
  checkHeartbeat(state);
  const credentials = get(state.tree, "Credentials");
  if (credentials !== undefined) checkCredentials(state, credentials);
  const result = resultVariable(state);
  const timeoutMs = duration(state, "TimeoutSeconds");
  const step: Step & CallStep = {
    kind: "call",
    step: state.name,
    activity,
    input: isRemade ? { ...input, kind: "lambda", parameters: [attempt], body: input } : input,
    ...(isRemade && { by: { fn: isAwaited ? "callForToken" : "callTask", more: null } }),
    ...(credentials && { credentials: compileTemplate(credentials, pathScope(state, effectiveInput(state))) }),
    result,
    timeoutMs,
    ...(timeoutMs !== null && { timeoutError: "States.Timeout" }),
    heartbeatMs: duration(state, "HeartbeatSeconds"),
    retry: retryRules(state),
    origin: state.origin,
  };
  return withCatch(state, [...steps, step], result);
}

/** Where a result goes: straight into the data, nowhere, or into a variable of its own to be placed. */
export function resultVariable(state: StateScope): StateScope["data"] | null {
  if (isOutput(state)) return state.data;
  return isDiscarded(state) ? null : localVariable(`${state.name} result`);
}

/** The steps of a state that can fail, what becomes of their result, and the state's Catch around them. */
export function withCatch(state: StateScope, steps: readonly Step[], result: StateScope["data"] | null): StateCode {
  const value = selectedResult(
    { ...state, attempt: "last" },
    read(result ?? localVariable(`${state.name} result`), state.origin),
  );
  const output = stateOutput(state, value);
  const raw = read(result ?? localVariable(`${state.name} result`), state.origin);
  const assignments = compileAssign(state, state.tree, { data: raw, result: raw }, output);
  const next = proceed(state, output, assignments);
  const handlers = catchHandlers(state);
  if (handlers.length === 0) return { ...next, steps: [...steps, ...next.steps] };
  if (next.end.kind === "jump") {
    return { steps: [], end: { kind: "attempt", steps: [...steps, ...next.steps], to: next.end.to, handlers } };
  }
  return endAfterAttempt(state, [...steps, ...assignments.atEnd], output, handlers);
}

/** A state that ends its machine and has a Catch: the end stands in a block after the attempt. */
function endAfterAttempt(
  state: StateScope,
  steps: readonly Step[],
  output: Expression | null,
  handlers: ReturnType<typeof catchHandlers>,
): StateCode {
  const { origin, data } = state;
  let label = `${state.name} (end)`;
  while (state.stateNames.has(label)) label += "*";
  const store: readonly Step[] = output === null ? [] : [{ kind: "assign", variable: data, value: output, origin }];
  const extra = [{ label, origin, steps: state.end(read(data, origin), origin), end: { kind: "stop" } as const }];
  return { steps: [], end: { kind: "attempt", steps: [...steps, ...store], to: label, handlers }, extra };
}

function resourceActivity(state: StateScope): string {
  const resource = textField(state.tree, "Resource");
  if (resource === undefined) return state.name;
  const { findings } = state.definition;
  const origin = originOf(resource, state.name);
  if (!hasPlaceholder(resource.value) && !isResource(resource.value)) {
    const params = {
      field: "Resource",
      found: describe(resource),
      allowed: "an ARN, such as `arn:aws:states:::lambda:invoke`",
    };
    findings.report("WF_VALIDATION_002", origin, params);
  }
  return activityName(resource.value);
}

/** An Express workflow begins what it calls and waits for no job, callback or worker. */
function checkExpress({ definition, isExpress, name, tree }: StateScope): void {
  const resource = textField(tree, "Resource");
  if (!isExpress || resource === undefined) return;
  const pattern = /\.(?:sync(?::2)?|waitForTaskToken)$/.exec(resource.value)?.[0];
  const what = pattern ?? (/:activity:/.test(resource.value) ? "activity" : null);
  if (what === null) return;
  const params = { fields: `\`${what}\``, of: `Task state \`${name}\``, why: "it is for an Express workflow" };
  definition.findings.report("WF_VALIDATION_013", originOf(resource, name), params);
}

/** Credentials name a role, unless an expression makes all of them. */
function checkCredentials({ definition, name }: StateScope, tree: Tree): void {
  if (tree.kind !== "object" || tree.byKey.has("RoleArn") || tree.byKey.has("RoleArn.$")) return;
  const params = { field: "RoleArn", of: "`Credentials`" };
  definition.findings.report("WF_VALIDATION_001", originOf(tree, name), params);
}

/** Whether a member of a variable is read, or any of it. */
function mentions(expression: Expression, variable: Variable, member = ""): boolean {
  let found = false;
  visitExpression(expression, (part) => {
    const isMember = part.kind === "member" && (member === "" || part.name === member);
    found ||= isMember && part.of.kind === "variable" && part.of.variable === variable;
  });
  return found;
}

/** The runtime's `TaskAttempt`. */
const attemptType: Type = {
  kind: "object",
  members: new Map([
    ["retryCount", { type: integer, required: true }],
    ["taskToken", { type: string, required: true }],
  ]),
  additional: null,
};

/** An ARN; of a Lambda function its name and alias are looked at too. */
function isResource(arn: string): boolean {
  if (!arn.startsWith("arn:")) return false;
  const [, , service, , , kind, name = "", ...rest] = arn.split(":");
  if (service !== "lambda" || kind !== "function") return true;
  return (
    /^[\w-]{1,140}$/.test(name) && rest.length <= 1 && rest.every((alias) => /^(?:\$LATEST|[\w-]{1,128})$/.test(alias))
  );
}

/** TimeoutSeconds or HeartbeatSeconds, or the path in its place, in milliseconds. Null where there is no limit. */
function duration(state: StateScope, field: "TimeoutSeconds" | "HeartbeatSeconds"): Expression | null {
  const path = textField(state.tree, `${field}Path`);
  if (path !== undefined) {
    const origin = originOf(path, state.name);
    const args = [fieldValue(state, path), literal(`${field}Path`, origin), literal(path.value, origin)];
    return call("secondsToMs", args, integer, origin);
  }
  return get(state.tree, field) === undefined ? null : milliseconds(state, field);
}

function checkHeartbeat(state: StateScope): void {
  const [heartbeat, timeout] = [numberField(state.tree, "HeartbeatSeconds"), numberField(state.tree, "TimeoutSeconds")];
  const tree = get(state.tree, "HeartbeatSeconds");
  if (tree === undefined || heartbeat === undefined || timeout === undefined || heartbeat < timeout) return;
  const params = {
    field: "HeartbeatSeconds",
    found: describe(tree),
    allowed: `less than \`TimeoutSeconds\` (${timeout})`,
  };
  state.definition.findings.report("WF_VALIDATION_002", originOf(tree, state.name), params);
}
