import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import type { BinaryOperator, Expression, Variable } from "../../server/ir/expression.ts";
import type { After, Branch, CallStep, Program, Sequence, Step } from "../../server/ir/program.ts";
import { boolean, integer, nullType, number, string, type Type, unknown } from "../../server/ir/types.ts";

/** Short ways to write programs by hand. */

let position = 0;

/** Each piece has a place of its own, so that tests can tell mappings apart. */
function origin(node = ""): Origin {
  position += 1;
  return { span: { start: position, end: position + 1 }, pointer: `/${position}`, node };
}

export function object(members: Readonly<Record<string, Type>>, optional: readonly string[] = []): Type {
  return {
    kind: "object",
    members: new Map(
      Object.entries(members).map(([name, type]) => [name, { type, required: !optional.includes(name) }]),
    ),
    additional: null,
  };
}

export const map = (additional: Type): Type => ({ kind: "object", members: new Map(), additional });
export const list = (element: Type): Type => ({ kind: "array", element });
export const oneOf = (...values: readonly (string | number)[]): Type => ({
  kind: "union",
  of: values.map((value) => ({ kind: "literal", value })),
});
export const orNull = (type: Type): Type => ({ kind: "union", of: [type, nullType] });

export function local(name: string, type: Type): Variable {
  return { name, type, role: "local" };
}

export function bound(name: string, type: Type): Variable {
  return { name, type, role: "bound" };
}

export const failureType = object({ name: string, message: string });

export function literal(value: null | boolean | number | string): Expression {
  return { kind: "literal", value, type: literalType(value), origin: origin() };
}

function literalType(value: null | boolean | number | string): Type {
  if (value === null) return nullType;
  if (typeof value === "boolean") return boolean;
  if (typeof value === "number") return Number.isInteger(value) ? integer : number;
  return string;
}

export function read(variable: Variable, ...path: readonly string[]): Expression {
  const start: Expression = { kind: "variable", variable, type: variable.type, origin: origin() };
  return path.reduce((of, name): Expression => {
    const found = of.type.kind === "object" ? of.type.members.get(name) : undefined;
    return {
      kind: "member",
      of,
      name,
      optional: found?.required === false,
      type: found?.type ?? unknown,
      origin: origin(),
    };
  }, start);
}

export function build(members: Readonly<Record<string, Expression>>): Expression {
  const entries = Object.entries(members);
  const type = object(Object.fromEntries(entries.map(([key, value]) => [key, value.type])));
  return { kind: "object", members: entries.map(([key, value]) => ({ key, value })), type, origin: origin() };
}

export function items(...values: readonly Expression[]): Expression {
  return { kind: "array", items: values, type: list(values[0]?.type ?? unknown), origin: origin() };
}

export function binary(left: Expression, operator: BinaryOperator, right: Expression): Expression {
  const type =
    operator === "+" || operator === "-" || operator === "*" ? left.type : operator === "??" ? right.type : boolean;
  return { kind: "binary", operator, left, right, type, origin: origin() };
}

export function not(operand: Expression): Expression {
  return { kind: "unary", operator: "!", operand, type: boolean, origin: origin() };
}

export function choose(test: Expression, then: Expression, otherwise: Expression): Expression {
  return { kind: "conditional", test, then, otherwise, type: then.type, origin: origin() };
}

export function template(...parts: readonly (string | Expression)[]): Expression {
  return { kind: "template", parts, type: string, origin: origin() };
}

export function callFn(fn: string, type: Type, ...args: readonly Expression[]): Expression {
  return { kind: "call", fn, args, type, origin: origin() };
}

export function lambda(parameters: readonly Variable[], body: Expression): Expression {
  return { kind: "lambda", parameters, body, type: body.type, origin: origin() };
}

export function seq(...steps: readonly Step[]): Sequence {
  return { kind: "sequence", steps };
}

export function call(
  step: string,
  activity: string,
  input: Expression,
  result: Variable | null = null,
  more: Partial<CallStep> = {},
): Step {
  return { kind: "call", step, activity, input, result, timeoutMs: null, retry: [], ...more, origin: origin(step) };
}

export function assign(variable: Variable, value: Expression): Step {
  return { kind: "assign", variable, value, origin: origin() };
}

export function visit(step: string): Step {
  return { kind: "visit", step, origin: origin(step) };
}

export function skip(...steps: readonly string[]): Step {
  return { kind: "skip", steps, origin: origin() };
}

export function decide(cases: readonly (readonly [Expression, Sequence])[], otherwise: Sequence | null = null): Step {
  return { kind: "decide", cases: cases.map(([when, then]) => ({ when, then })), otherwise, origin: origin() };
}

export function branch(name: string, body: Sequence, after: After | readonly string[] = []): Branch {
  return { name, body, after: "kind" in after ? after : { kind: "all", branches: after } };
}

export function fork(...branches: readonly Branch[]): Step {
  return { kind: "fork", branches, origin: origin() };
}

export function loop(label: string, test: Expression | null, body: Sequence): Step {
  return { kind: "loop", label, test, body, origin: origin() };
}

export function block(label: string, body: Sequence): Step {
  return { kind: "block", label, body, origin: origin() };
}

export function jump(kind: "break" | "continue", label: string): Step {
  return { kind, label, origin: origin() };
}

export function finish(value: Expression | null = null): Step {
  return { kind: "finish", value, origin: origin() };
}

export function fail(step: string, error: Expression, cause: Expression): Step {
  return { kind: "fail", step, error, cause, origin: origin(step) };
}

export function attempt(
  body: Sequence,
  handlers: readonly { failure: Variable; when: Expression | null; body: Sequence }[],
  last: Sequence | null = null,
): Step {
  return { kind: "try", body, handlers, finally: last, origin: origin() };
}

export function forEach(
  step: string,
  over: Expression,
  item: Variable,
  index: Variable,
  body: Sequence,
  result: Variable | null,
  concurrency: Expression | null = null,
): Step {
  return { kind: "forEach", step, items: over, item, index, body, result, concurrency, origin: origin(step) };
}

export function scope(step: string, body: Sequence, timeoutMs: Expression | null = null): Step {
  return { kind: "scope", step, body, timeoutMs, retry: [], origin: origin(step) };
}

export function wait(step: string, ms: Expression): Step {
  return { kind: "wait", step, until: { kind: "duration", ms }, origin: origin(step) };
}

/** A program whose activities are those that are declared, each with its input and output. */
export function program(
  input: Variable,
  output: Type,
  activities: Readonly<Record<string, readonly [Type, Type]>>,
  body: Sequence,
  more: Partial<Program> = {},
): Program {
  return {
    name: "example",
    version: "1.0.0",
    title: "",
    description: "",
    input: input.type,
    output,
    declarations: [],
    activities: Object.entries(activities).map(([name, [takes, gives]]) => ({
      name,
      description: "",
      input: takes,
      output: gives,
      origin: origin(),
    })),
    parameters: [],
    inputVariable: input,
    parametersVariable: null,
    body,
    ...more,
  };
}
