import fc from "fast-check";
import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import type { BinaryOperator, Expression, Variable } from "../../server/ir/expression.ts";
import type {
  After,
  Block,
  Choice,
  Completion,
  Join,
  Program,
  RaceAlternative,
  Region,
  RetryRule,
  Step,
  Task,
  Template,
  Terminator,
} from "../../server/ir/program.ts";
import {
  boolean,
  integer,
  never,
  nullType,
  number,
  string,
  type Type,
  type TypeDeclaration,
  unknown,
} from "../../server/ir/types.ts";

const origin: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };
const operators: readonly BinaryOperator[] = ["&&", "||", "??", "===", "!==", "<", "<=", ">", ">=", "+", "-", "*", "/"];
const nasty = [
  "",
  "a",
  "a.2",
  "a b",
  "null",
  "string",
  "about",
  "scope",
  "when",
  "template",
  "Infinity",
  "%x",
  '"',
  "\\",
  "\n",
  "\u2028",
  "\ud800",
  "é",
  "-->",
  "}",
  "@",
  "__proto__",
  "1",
  "key",
  "#1",
  "$",
  "finish",
];

/**
 * Programs of every kind of region, step, expression and type, with hostile names. They mean nothing: a type need not fit
 * its expression, and a jump need not lead anywhere.
 */
export const randomProgram: fc.Arbitrary<Program> = fc.gen().map((draw) => {
  /** Bounds the size: each nested thing costs one. */
  let left = 60;
  const upTo = (max: number): number => draw(fc.nat, { max });
  const flip = (): boolean => draw(fc.boolean);
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length - 1)] ?? (list[0] as T);
  const text = (): string => (upTo(3) === 0 ? draw(fc.string, { unit: "binary", maxLength: 6 }) : pick(nasty));
  const amount = (): number =>
    pick([0, 1, 2.5, -3, 1e21, 1e-7, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  const many = <T>(max: number, item: () => T): T[] => {
    const items: T[] = [];
    for (let count = left-- > 0 ? upTo(max) : 0; count > 0; count--) items.push(item());
    return items;
  };

  const declarations: TypeDeclaration[] = [];
  for (let count = upTo(3); count > 0; count--) {
    const name = pick([text(), "Tree"]);
    declarations.push({ name, type: unknown, ...(flip() && { description: text() }) });
  }
  const leaves: readonly Type[] = [unknown, never, nullType, boolean, integer, number, string];
  const type = (): Type => {
    if (left-- <= 0) return pick(leaves);
    switch (upTo(8)) {
      case 0:
        return { kind: "string", format: text() };
      case 1:
        return { kind: "literal", value: pick([text(), amount(), flip()]) };
      case 2:
        return { kind: "array", element: type() };
      case 3:
        return { kind: "tuple", elements: many(3, type), rest: flip() ? type() : null };
      case 4: {
        const members = many(
          4,
          () => [text(), { type: type(), required: flip(), ...(flip() && { description: text() }) }] as const,
        );
        return { kind: "object", members: new Map(members), additional: flip() ? type() : null };
      }
      case 5:
        return { kind: "union", of: [type(), type(), ...many(2, type)] };
      case 6: {
        const declaration = declarations[upTo(3)];
        return declaration === undefined ? unknown : { kind: "named", declaration };
      }
      default:
        return pick(leaves);
    }
  };
  // Under a list, so that no type holds itself without end.
  for (const declaration of declarations) declaration.type = { kind: "array", element: type() };

  const inputVariable: Variable = { name: pick(["input", text()]), type: type(), role: "input" };
  const parametersVariable: Variable | null = flip() ? { name: "parameters", type: type(), role: "parameters" } : null;
  /** Locals may be read before they are assigned. */
  const local = (): Variable => ({ name: pick(["x", text()]), type: type(), role: "local" });
  const locals = [local(), ...many(4, local)];
  const readable: Variable[] = [inputVariable, ...(parametersVariable === null ? [] : [parametersVariable]), ...locals];
  const bound = (): Variable => {
    const made: Variable = { name: pick(["x", text()]), type: type(), role: "bound" };
    readable.push(made);
    return made;
  };
  const assigned = (): Variable => pick(locals);
  const templates: readonly Template[] = many(2, () => ({
    name: pick(["t", text()]),
    input: type(),
    output: type(),
    body: text(),
  }));

  const expression = (): Expression => {
    // Often the type that follows from the parts, which the text then leaves out.
    const own = { type: flip() ? type() : pick(leaves), origin };
    if (left-- <= 0) return { kind: "literal", value: pick([null, "a", 1, true]), ...own };
    switch (upTo(10)) {
      case 0:
        return { kind: "array", items: many(3, expression), ...own };
      case 1:
        return { kind: "object", members: many(3, () => ({ key: text(), value: expression() })), ...own };
      case 2:
        return { kind: "member", of: expression(), name: text(), optional: flip(), ...own };
      case 3:
        return { kind: "unary", operator: pick(["!", "-"] as const), operand: expression(), ...own };
      case 4:
        return { kind: "binary", operator: pick(operators), left: expression(), right: expression(), ...own };
      case 5:
        return { kind: "conditional", test: expression(), then: expression(), otherwise: expression(), ...own };
      case 6:
        return { kind: "template", parts: many(4, () => (flip() ? text() : expression())), ...own };
      case 7:
        return {
          kind: "call",
          fn: pick(["template", "f", "null_"]),
          args: many(3, expression),
          ...own,
          ...(flip() && { scope: true }),
        };
      case 8:
        return { kind: "lambda", parameters: many(3, bound), body: expression(), ...own };
      case 9: {
        const value = pick([null, text(), amount(), flip()]);
        const literal: Type = value === null ? nullType : { kind: "literal", value };
        return { kind: "literal", value, origin, type: flip() ? literal : type() };
      }
      default: {
        const variable = pick(readable);
        return { kind: "variable", variable, type: flip() ? variable.type : type(), origin };
      }
    }
  };
  const maybe = <T>(make: () => T): T | null => (flip() ? make() : null);

  const rule = (): RetryRule => {
    const failure = maybe(bound);
    const numbers = { retries: upTo(9), initialMs: amount(), multiplier: amount(), maxMs: amount() };
    return { failure, when: maybe(expression), ...numbers, jitter: pick(["full", 0.2, 0] as const) };
  };
  const timeout = () => ({
    timeoutMs: maybe(expression),
    retry: many(2, rule),
    ...(flip() && { timeoutError: text() }),
  });
  const cases = <T>(more: () => T) => many(3, () => ({ when: expression(), ...more() }));
  const handlers = <T>(more: () => T) => many(2, () => ({ failure: bound(), when: maybe(expression), ...more() }));
  const after = (): After =>
    flip()
      ? { kind: "all", branches: many(2, text) }
      : { kind: "count", count: upTo(3), branches: many(2, () => ({ name: text(), taken: expression() })) };
  const callee = () => {
    const template = templates[upTo(2)];
    if (upTo(5) === 0) return { isSelf: true } as const;
    return flip() && template !== undefined
      ? { template }
      : maybe(() => ({ builtin: pick(["httpRequest", text() || "f"]) }));
  };

  const completion = (): Completion => ({
    count: maybe(expression),
    until: maybe(expression),
    results: bound(),
    cancelsRest: flip(),
    channel: maybe(text),
    isCompletable: flip(),
  });
  const event = (): RaceAlternative["event"] => {
    if (flip()) return { kind: "message", channel: text() };
    return flip() ? { kind: "duration", ms: expression() } : { kind: "timestamp", timestamp: expression() };
  };

  const step = (): Step => ({ ...unplaced(), origin, ...(upTo(4) === 0 && { comment: text() || "c" }) });
  const steps = (): Step[] => many(3, step);
  const unplaced = (): Step => {
    switch (upTo(23)) {
      case 0:
        return {
          kind: "call",
          step: text(),
          activity: text(),
          ...callee(),
          input: expression(),
          result: maybe(assigned),
          ...timeout(),
          heartbeatMs: maybe(expression),
          origin,
        };
      case 1:
        return { kind: "assign", variable: assigned(), value: expression(), origin };
      case 2:
        return { kind: "evaluate", value: expression(), origin };
      case 3:
        return { kind: "skip", steps: many(3, text), origin };
      case 4:
        return {
          kind: "decide",
          cases: [{ when: expression(), then: region() }, ...cases(() => ({ then: region() }))],
          otherwise: maybe(region),
          origin,
        };
      case 5:
        return { kind: "fork", branches: many(3, () => ({ name: text(), after: after(), body: region() })), origin };
      case 6:
        return {
          kind: "forEach",
          step: text(),
          items: expression(),
          item: bound(),
          index: bound(),
          concurrency: maybe(expression),
          ...(flip() && { completion: completion() }),
          body: region(),
          result: maybe(assigned),
          origin,
        };
      case 7:
        return { kind: "loop", label: text(), test: maybe(expression), body: region(), origin };
      case 8:
        return { kind: "block", label: text(), body: region(), origin };
      case 9:
        return { kind: pick(["break", "continue"] as const), label: text(), origin };
      case 10:
        return {
          kind: "try",
          body: region(),
          handlers: handlers(() => ({ body: region() })),
          finally: maybe(region),
          origin,
        };
      case 11:
        return {
          kind: "wait",
          step: text(),
          until: flip() ? { kind: "duration", ms: expression() } : { kind: "timestamp", timestamp: expression() },
          origin,
        };
      case 12:
        return {
          kind: "receive",
          step: text(),
          channel: text(),
          ...(flip() && { isTransient: true }),
          result: maybe(assigned),
          timeoutMs: maybe(expression),
          origin,
        };
      case 13:
        return { kind: "scope", step: text(), body: region(), ...timeout(), origin };
      case 14:
        return { kind: "finish", value: maybe(expression), origin };
      case 15:
        return { kind: "fail", step: text(), error: expression(), cause: expression(), origin };
      case 16:
        return { kind: "rethrow", failure: pick(readable), origin };
      case 17:
        return {
          kind: "race",
          step: text(),
          alternatives: many(3, () => ({ port: text(), event: event() })),
          result: maybe(assigned),
          origin,
        };
      case 18:
        return { kind: pick(["lock", "cancellable"] as const), name: text(), body: region(), origin };
      case 19:
        return {
          kind: "control",
          action: pick(["cancel", "complete", "reach", "renew"] as const),
          names: many(3, text),
          origin,
        };
      case 20:
        return { kind: "terminate", step: text(), value: maybe(expression), origin };
      default:
        return { kind: "visit", step: text(), origin, ...(upTo(2) === 0 && { isSilent: true as const }) };
    }
  };

  const terminator = (): Terminator => {
    switch (upTo(3)) {
      case 0:
        return { kind: "branch", cases: cases(() => ({ to: text() })), otherwise: text() };
      case 1:
        return {
          kind: "attempt",
          steps: steps(),
          to: text(),
          handlers: handlers(() => ({ steps: steps(), to: text() })),
        };
      case 2:
        return { kind: "stop" };
      default:
        return { kind: "jump", to: text() };
    }
  };
  let blocks = 0;
  const block = (): Block => ({ label: `${text()}${blocks++}`, origin, steps: steps(), end: terminator() });
  const choice = (): Choice => {
    switch (upTo(2)) {
      case 0:
        return { kind: "cases", cases: cases(() => ({ outcome: text() })), otherwise: text() };
      case 1:
        return { kind: "failure", ok: text(), handlers: handlers(() => ({ steps: steps(), outcome: text() })) };
      default:
        return { kind: "all" };
    }
  };
  const join = (): Join =>
    upTo(2) === 0 ? { kind: "count", count: upTo(4) } : { kind: pick(["all", "any", "first"] as const) };
  const task = (): Task => {
    const incoming = many(2, () => ({ from: text(), outcome: maybe(text), steps: steps(), origin }));
    return {
      id: text(),
      origin,
      steps: steps(),
      choice: choice(),
      incoming,
      join: join(),
      ...(flip() && { isHidden: true }),
    };
  };
  const region = (): Region => {
    switch (upTo(5)) {
      case 0:
        return { kind: "jumps", entry: text(), blocks: new Map(many(3, block).map((one) => [one.label, one])) };
      case 1:
        return { kind: "flow", tasks: many(3, task), after: steps(), ...(flip() && { before: steps() }) };
      default:
        return { kind: "sequence", steps: steps() };
    }
  };

  const activities = many(2, () => ({ name: text(), description: text(), input: type(), output: type(), origin }));
  const parameters = many(2, () => ({ name: text(), type: type(), origin }));
  const listed = declarations.filter(flip);
  left = 120;
  return {
    name: text(),
    version: text(),
    title: text(),
    description: text(),
    input: flip() ? inputVariable.type : type(),
    ...(flip() && { inputDescription: text() }),
    output: type(),
    ...(flip() && { outputDescription: text() }),
    declarations: listed,
    activities,
    parameters,
    inputVariable,
    parametersVariable,
    body: region(),
  };
});
