import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import type { Expression } from "../../server/ir/expression.ts";
import type { Step } from "../../server/ir/program.ts";
import { boolean, unknown } from "../../server/ir/types.ts";

/** What happens in one run, decided beforehand: how long tasks take, what they fail with, and which conditions hold. */
export interface World {
  /** In virtual time units; 0 for a task that takes no time. */
  readonly duration: ReadonlyMap<string, number>;
  readonly failure: ReadonlyMap<string, string>;
  /** Of `holds` expressions, by task and number. */
  readonly holds: ReadonlyMap<string, readonly boolean[]>;
}

/** What can be seen of a run. */
export interface Trace {
  readonly started: Map<string, number>;
  readonly skipped: string[];
  /** The values that each task found in its port variables when it started. */
  readonly seen: Map<string, readonly unknown[]>;
  end: { readonly time: number; readonly failed: string | null };
}

export const origin: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };

export function literal(value: string | number | boolean): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

/** The condition number `index` of a task, as the world decides it. */
export function holds(task: string, index: number): Expression {
  return { kind: "call", fn: "holds", args: [literal(task), literal(index)], type: boolean, origin };
}

/** Tells the test which values these are when the task starts. */
export function see(task: string, values: readonly Expression[]): Step {
  return {
    kind: "evaluate",
    value: { kind: "call", fn: "see", args: [literal(task), ...values], type: unknown, origin },
    origin,
  };
}

export function call(task: string): Step {
  return {
    kind: "call",
    step: task,
    activity: task,
    input: literal(0),
    result: null,
    timeoutMs: null,
    retry: [],
    origin,
  };
}
