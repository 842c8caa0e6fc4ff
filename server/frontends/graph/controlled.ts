import { booleanField } from "../../components/fields.ts";
import { coerce } from "../../expressions/coerce.ts";
import { valueType } from "../../expressions/value-type.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { ControlStep, Link, Step, Task } from "../../ir/program.ts";
import { boolean, nullType } from "../../ir/types.ts";
import { literal } from "./calls.ts";
import type { Controls } from "./controls.ts";
import { reportBoth, visit } from "./decisions.ts";
import { CLOSED, defaultLinks, defaultWay, gateKey, LEFT, OPEN, openLink, TAKEN, wayKey } from "./hidden.ts";
import { type Lowered, type LowerParts, nothing } from "./lowered.ts";
import { loopName, type Node } from "./nodes.ts";

function control(node: Node, action: ControlStep["action"], names: readonly string[]): readonly Step[] {
  return names.length === 0 ? [] : [{ kind: "control", action, names, origin: node.origin }];
}

/** The steps of a node under its lock, and so that others can cancel them, while they wait for the lock too. */
export function withControls(node: Node, steps: readonly Step[], controls: Controls): readonly Step[] {
  const { lock, origin } = node;
  const around = (kind: "lock" | "cancellable", name: string, inner: readonly Step[]): Step => {
    return { kind, name, body: { kind: "sequence", steps: inner }, origin };
  };
  const locked = lock === null ? steps : [around("lock", lock.value, steps)];
  if (!controls.isCancellable(node)) return locked;
  const { inner, handed } = withHandedResult(steps);
  return [around("cancellable", node.id, lock === null ? inner : [around("lock", lock.value, inner)]), ...handed];
}

/** The result of a body that may be cancelled is handed on only when the body has ended: nobody sees half of it. */
function withHandedResult(steps: readonly Step[]): {
  readonly inner: readonly Step[];
  readonly handed: readonly Step[];
} {
  const last = steps.at(-1);
  const hasResult =
    last?.kind === "call" || last?.kind === "receive" || last?.kind === "race" || last?.kind === "forEach";
  if (!hasResult || last.result === null) return { inner: steps, handed: [] };
  const { result, origin } = last;
  const own: Variable = { ...result, name: `${result.name} result` };
  const value: Expression = { kind: "variable", variable: own, type: own.type, origin };
  return {
    inner: [...steps.slice(0, -1), { ...last, result: own }],
    handed: [{ kind: "assign", variable: result, value, origin }],
  };
}

/** What the beginning of a node does to others. */
export function firstSteps(node: Node, controls: Controls): readonly Step[] {
  const cancelled = [...controls.restOf(node), ...controls.withdrawnBy(node)].map(({ id }) => id);
  return [
    ...control(node, "reach", controls.isMilestone(node) ? [node.id] : []),
    ...control(node, "cancel", [...new Set(cancelled)]),
  ];
}

/** The task behind a gate where the node must not run after another has begun. */
export function gatedTasks(task: Task, node: Node): readonly Task[] {
  const { before, origin } = node;
  if (before === null) return [task];
  const args = [literal(before.value, origin)];
  const when: Expression = { kind: "call", fn: "isReached", scope: true, args, type: boolean, origin };
  const { incoming, join } = task;
  const choice = { kind: "cases", cases: [{ when, outcome: CLOSED }], otherwise: OPEN } as const;
  const gate: Task = { id: gateKey(node), origin, steps: [], choice, incoming, join, isHidden: true };
  return [gate, { ...task, incoming: [{ ...openLink(node), steps: [], origin }], join: { kind: "any" } }];
}

/** A task for each way out of an inclusive split. */
export function wayTasks(node: Node, ways: NonNullable<Lowered["ways"]>): readonly Task[] {
  const { origin } = node;
  const link = (given: { readonly from: string; readonly outcome: string | null }): Link => ({
    ...given,
    steps: [],
    origin,
  });
  const hidden = { origin, steps: [], isHidden: true } as const;
  const tasks = ways.map(
    ({ port, when }): Task => ({
      ...hidden,
      id: wayKey(node, port),
      choice: { kind: "cases", cases: [{ when, outcome: TAKEN }], otherwise: LEFT },
      incoming: [link({ from: node.key, outcome: null })],
      join: { kind: "any" },
    }),
  );
  if (ways.length === 0) return tasks;
  const incoming = defaultLinks(node).map(link);
  return [
    ...tasks,
    { ...hidden, id: wayKey(node, defaultWay), choice: { kind: "all" }, incoming, join: { kind: "all" } },
  ];
}

export function lowerCancel(parts: LowerParts): Lowered {
  const { node, controls, context } = parts;
  const place = { findings: context.findings, node: node.id };
  const given = node.object.byKey.get("with")?.value;
  const isAll = given?.kind === "object" && booleanField(given, "workflow", place);
  if (isAll && node.given.has("nodes"))
    reportBoth(parts, "`nodes` and `workflow`", "to cancel the run is to cancel all");
  if (isAll) return { ...nothing, steps: [{ kind: "terminate", step: node.id, value: null, origin: node.origin }] };
  if (!node.given.has("nodes"))
    context.findings.report("WF_VALIDATION_001", node.origin, { field: "nodes", of: `\`with\` of \`${node.id}\`` });
  const names = controls.targetsOf(node).map(({ id }) => id);
  return { ...nothing, steps: [visit(parts), ...control(node, "cancel", [...new Set(names)])] };
}

export function lowerComplete(parts: LowerParts): Lowered {
  const names = parts.controls.targetsOf(parts.node).map(loopName);
  return { ...nothing, steps: [visit(parts), ...control(parts.node, "complete", names)] };
}

export function lowerTerminate(parts: LowerParts): Lowered {
  const { node, inputs, context } = parts;
  const { output, early } = context.self;
  const { origin } = node;
  const value = inputs.value("output") ?? { kind: "literal", value: null, type: nullType, origin };
  if (output === null) early.push(valueType(value));
  const fitted = output === null ? value : coerce(value, output, `\`output\` of \`${node.id}\``, context.findings);
  return { ...nothing, steps: [{ kind: "terminate", step: node.id, value: fitted, origin }] };
}
