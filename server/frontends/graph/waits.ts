import { booleanField, type Place, reportValue, typeName } from "../../components/fields.ts";
import { coerce } from "../../expressions/coerce.ts";
import { compileValue, hasExpression } from "../../expressions/template.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { WaitStep } from "../../ir/program.ts";
import { number, unknown } from "../../ir/types.ts";
import type { Tree } from "../../source/tree.ts";
import { schemaType } from "./context.ts";
import { reportBoth } from "./decisions.ts";
import { durationForms, durationMs } from "./durations.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import { milliseconds } from "./policies.ts";
import { environmentOf, read } from "./scope.ts";

export function lowerWait(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const duration = inputs.tree("duration");
  const timestamp = inputs.value("until");
  if (duration !== null && node.given.has("until"))
    reportBoth(parts, "`duration` and `until`", "a wait ends in one way");
  if (duration === null && !node.given.has("until")) {
    context.findings.report("WF_VALIDATION_001", node.origin, { field: "duration", of: `\`with\` of \`${node.id}\`` });
  }
  if (timestamp !== null) checkTimestamp(parts, timestamp);
  const ms = duration === null ? null : waitMs(parts, duration);
  const until: WaitStep["until"] | null =
    ms !== null ? { kind: "duration", ms } : timestamp && { kind: "timestamp", timestamp };
  return until === null
    ? nothing
    : { ...nothing, steps: [{ kind: "wait", step: node.id, until, origin: node.origin }] };
}

/** A duration as text, or an expression that gives milliseconds. */
export function waitMs({ node, scope, context }: LowerParts, tree: Tree, field = "duration"): Expression | null {
  if (tree.kind === "string" && hasExpression(tree.value)) {
    const value = compileValue(tree, environmentOf(scope, node, node.id, context.findings));
    return value && coerce(value, number, `\`${field}\` of \`${node.id}\` (in milliseconds)`, context.findings);
  }
  const ms = tree.kind === "string" ? durationMs(tree.value) : null;
  if (ms !== null) return milliseconds(ms, tree, node.id);
  reportValue(tree, field, `${durationForms}, or an expression that gives milliseconds`, {
    findings: context.findings,
    node: node.id,
  });
  return null;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

function checkTimestamp({ node, context }: LowerParts, value: Expression): void {
  const given = node.given.get("until");
  if (value.kind !== "literal" || typeof value.value !== "string" || given === undefined) return;
  if (rfc3339.test(value.value) && !Number.isNaN(Date.parse(value.value))) return;
  reportValue(given.value, "until", "an RFC 3339 timestamp such as `2030-01-31T08:00:00Z`", {
    findings: context.findings,
    node: node.id,
  });
}

/** The name of a channel; null after reporting. */
export function channelOf(tree: Tree, place: Place): string | null {
  if (tree.kind === "string" && tree.value !== "" && tree.value.length <= 200 && !hasExpression(tree.value))
    return tree.value;
  reportValue(tree, "channel", "text of at most 200 characters without expressions", place);
  return null;
}

export function lowerReceive(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const channel = inputs.tree("channel");
  const schema = inputs.tree("schema");
  const type = schema === null ? unknown : schemaType(schema, typeName(node.id, "message"), node.id, context);
  const place = { findings: context.findings, node: node.id };
  const name = channel === null ? null : channelOf(channel, place);
  const given = node.object.byKey.get("with")?.value;
  const isTransient = given?.kind === "object" && booleanField(given, "transient", place);
  if (name === null) return nothing;
  const result: Variable = { name: node.id, type, role: "local" };
  const { timeoutMs, origin } = node;
  const step = { kind: "receive", step: node.id, channel: name, result, timeoutMs, origin } as const;
  return {
    steps: [isTransient ? { ...step, isTransient } : step],
    ports: new Map([["out", (at) => read(result, at)]]),
    chosen: null,
  };
}
