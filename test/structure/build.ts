import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import type {
  Block,
  JumpHandler,
  Jumps,
  Program,
  Region,
  Sequence,
  Step,
  Terminator,
} from "../../server/ir/program.ts";
import { boolean, type LiteralType, nullType, string, unknown } from "../../server/ir/types.ts";

/** Short ways to write IR by hand in tests. */

export const origin: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };

export function literal(value: string | number | boolean): Expression {
  const type: LiteralType = { kind: "literal", value };
  return { kind: "literal", value, type, origin };
}

/** A test that can fail and has a name. */
export function ask(fn: string): Expression {
  return { kind: "call", fn, args: [], type: boolean, origin };
}

export function visit(step: string): Step {
  return { kind: "visit", step, origin };
}

export function call(step: string): Step {
  const input: Expression = { kind: "literal", value: null, type: nullType, origin };
  return { kind: "call", step, activity: step, input, result: null, timeoutMs: null, retry: [], origin };
}

export function finish(value: string): Step {
  return { kind: "finish", value: literal(value), origin };
}

export function fail(step: string): Step {
  return { kind: "fail", step, error: literal(step), cause: literal(""), origin };
}

export function sequence(...steps: Step[]): Sequence {
  return { kind: "sequence", steps };
}

export function jump(to: string): Terminator {
  return { kind: "jump", to };
}

export const stop: Terminator = { kind: "stop" };

export function branch(cases: readonly (readonly [when: Expression, to: string])[], otherwise: string): Terminator {
  return { kind: "branch", cases: cases.map(([when, to]) => ({ when, to })), otherwise };
}

export function attempt(steps: readonly Step[], to: string, handlers: readonly JumpHandler[]): Terminator {
  return { kind: "attempt", steps, to, handlers };
}

export function handler(to: string, when: Expression | null = null, ...steps: Step[]): JumpHandler {
  return { failure: failure(), when, steps, to };
}

function failure(): Variable {
  return { name: "failure", type: unknown, role: "bound" };
}

/** Blocks by label; the first is the entry. */
export function jumps(blocks: Readonly<Record<string, readonly [steps: readonly Step[], end: Terminator]>>): Jumps {
  const list = Object.entries(blocks).map(([label, [steps, end]]): Block => ({ label, origin, steps, end }));
  return { kind: "jumps", entry: list[0]?.label ?? "", blocks: new Map(list.map((block) => [block.label, block])) };
}

export function program(body: Region): Program {
  return {
    name: "test",
    version: "1",
    title: "",
    description: "",
    input: unknown,
    output: string,
    declarations: [],
    activities: [],
    parameters: [],
    inputVariable: { name: "input", type: unknown, role: "input" },
    parametersVariable: null,
    body,
  };
}
