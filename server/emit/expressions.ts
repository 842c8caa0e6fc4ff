import type { Expression, Variable } from "../ir/expression.ts";
import { memberOf, resolve, type Type } from "../ir/types.ts";
import { visitExpression } from "../ir/visit.ts";
import { infersMade } from "./annotations.ts";
import type { Code, Property, TypeCode } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { createNarrowing, type Narrowing } from "./narrowing.ts";
import type { Placement } from "./placement.ts";
import { isPlainName, millisecondsText, numberText, propertyKey, stringLiteral, templateText } from "./text.ts";
import { type TypeArguments, typeArgumentsOf } from "./type-arguments.ts";
import { isIndexed, type TypePrinter } from "./types.ts";
import { widerView } from "./views.ts";

/** Prints expressions of the IR as TypeScript. */
export interface ExpressionPrinter {
  code(expression: Expression): Code;
  /** An expression that goes where `to` is wanted. */
  codeFor(expression: Expression, to: Type): Code;
  /** Thousands of a constant are set apart. */
  milliseconds(expression: Expression): Code;
  /** `(failure) => …` */
  lambda(parameters: readonly Variable[], body: Expression): Code;
  readonly narrowing: Narrowing;
}

export function createExpressionPrinter(
  names: ModuleNames,
  types: TypePrinter,
  placement: Placement,
): ExpressionPrinter {
  const narrowing = createNarrowing();
  /** Checked variables that have a name of their own, under which their values are known. */
  const held = new Set<Variable>();

  /** A test of a checked variable tells TypeScript nothing of its next check: it gets a name for all of the expression. */
  function root(expression: Expression): Code {
    return placement.checked.size === 0 ? viewed(expression) : holding(toHold(expression), expression);
  }

  function viewed(expression: Expression): Code {
    const view = widerView(expression, narrowing);
    if (view === null) return code(expression);
    const value = code(view.of);
    const name = names.bind(view.variable);
    const body = viewed(view.body);
    names.unbind(view.variable);
    const use: Code = { kind: "arrow", async: false, parameters: [name], body };
    const type = types.code(view.of.type);
    const isOptional = view.of.kind === "member" && view.of.optional;
    const typeArgs = [isOptional ? orUndefined(type) : type, types.code(expression.type)];
    return { ...names.call("bindTo", [value, use]), typeArgs };
  }

  function holding([variable, ...others]: readonly Variable[], expression: Expression): Code {
    if (variable === undefined) return viewed(expression);
    const value = check(variable);
    const name = names.bind(variable);
    held.add(variable);
    const body = holding(others, expression);
    held.delete(variable);
    names.unbind(variable);
    const use: Code = { kind: "arrow", async: false, parameters: [name], body };
    const isInferred = infersMade(expression, expression.type, types);
    const typeArgs = isInferred ? {} : { typeArgs: [types.code(variable.type), types.code(expression.type)] };
    return { ...names.call("bindTo", [value, use]), ...typeArgs };
  }

  /** Where one is checked twice, beside a test: all that may have no value, as none is known to have one in a function. */
  function toHold(expression: Expression): readonly Variable[] {
    const optional = new Set<Variable>();
    const once = new Set<Variable>();
    let isTwice = false;
    let isTested = false;
    visitExpression(expression, (part) => {
      isTested ||= part.kind === "conditional" || (part.kind === "binary" && ["&&", "||"].includes(part.operator));
      if (part.kind !== "variable" || placement.of(part.variable) !== "optional" || held.has(part.variable)) return;
      optional.add(part.variable);
      isTwice ||= placement.checked.has(part) && once.has(part.variable);
      if (placement.checked.has(part)) once.add(part.variable);
    });
    return isTested && isTwice ? [...optional] : [];
  }

  function code(expression: Expression): Code {
    switch (expression.kind) {
      case "literal":
        return literal(expression.value);
      case "array":
        return { kind: "array", items: expression.items.map(code) };
      case "object":
        return {
          kind: "object",
          properties: expression.members.map(({ key, value }) => property(key, value, code(value))),
        };
      case "variable":
        return variable(expression);
      case "member":
        return member(expression);
      case "unary":
        return expression.operator === "!"
          ? not(code(expression.operand))
          : { kind: "unary", operator: "-", argument: code(expression.operand) };
      case "binary":
        return binary(expression);
      case "conditional": {
        const { test, then, otherwise } = expression;
        return {
          kind: "conditional",
          test: code(test),
          then: narrowing.within(test, true, () => code(then)),
          otherwise: narrowing.within(test, false, () => code(otherwise)),
        };
      }
      case "template":
        return template(expression.parts);
      case "call": {
        const args = expression.args.map(code);
        const call = names.call(expression.fn, expression.scope === true ? [names.scope(), ...args] : args);
        return { ...call, ...typeArgumentsOf(expression, types), ...portTypes(expression) };
      }
      case "lambda":
        return lambda(expression.parameters, expression.body);
      default:
        return expression satisfies never;
    }
  }

  /** Of a port that TypeScript thinks was not taken, as where all that follows it has left. */
  function portTypes({ fn, args: [result, port] }: Expression & { kind: "call" }): TypeArguments {
    if (fn !== "portValue" || result === undefined || port === undefined) return {};
    const type = memberOf(result.type, "port")?.type ?? port.type;
    const taken: Expression = { kind: "member", of: result, name: "port", optional: false, type, origin: port.origin };
    return narrowing.refuses(taken, port) ? { typeArgs: [types.code(result.type), types.code(port.type)] } : {};
  }

  function property(key: string, value: Expression, printed: Code): Property {
    if (printed.kind === "name" && printed.name === key) return { kind: "shorthand", name: key };
    return { kind: "property", key: propertyKey(key), value: printed, origin: value.origin };
  }

  /** Where a value that is missing does no harm: it equals no literal. */
  function unchecked(expression: Expression): Code {
    return expression.kind === "variable" && !names.isFailure(expression.variable)
      ? names.variable(expression.variable)
      : code(expression);
  }

  /** A failure is an error object: as a value it is the plain object that the definition knows. */
  function variable(expression: Expression & { kind: "variable" }): Code {
    const of = expression.variable;
    const printed = names.variable(of);
    if (names.isFailure(of)) {
      const part = (name: string): Property => ({
        kind: "property",
        key: name,
        value: { kind: "member", of: printed, name, optional: false },
        origin: null,
      });
      return { kind: "object", properties: [part("name"), part("message")] };
    }
    return placement.checked.has(expression) && !held.has(of) && printed.kind === "name" ? check(of) : printed;
  }

  function check(variable: Variable): Code {
    const name: Code = { kind: "string", raw: stringLiteral(shownName(variable.name).slice(0, 100)) };
    return names.call("defined", [names.variable(variable), name]);
  }

  function member(expression: Expression & { kind: "member" }): Code {
    const { of, name } = expression;
    const printed = of.kind === "variable" && names.isFailure(of.variable) ? names.variable(of.variable) : code(of);
    const object = narrowing.isExhausted(of) ? asDeclared(of, printed) : printed;
    const optional = mayBeAbsent(of);
    return isPlainName(name)
      ? { kind: "member", of: object, name, optional }
      : { kind: "index", of: object, key: { kind: "string", raw: stringLiteral(name) }, optional };
  }

  /** Where tests have left TypeScript nothing of a union, as at an `else` after all of its kinds. */
  function asDeclared(of: Expression, printed: Code): Code {
    const name: Code = { kind: "string", raw: stringLiteral(of.kind === "member" ? of.name.slice(0, 100) : "data") };
    return { ...names.call("defined", [printed, name]), typeArgs: [types.code(of.type)] };
  }

  function binary(expression: Expression & { kind: "binary" }): Code {
    const { operator, left, right } = expression;
    if ((operator === "===" || operator === "!==") && narrowing.refuses(left, right)) {
      const equal = names.call("equals", [code(left), code(right)]);
      return operator === "===" ? equal : not(equal);
    }
    if (operator === "===" || operator === "!==") {
      const isToLiteral = left.kind === "literal" || right.kind === "literal";
      return joined(operator, isToLiteral ? unchecked(left) : code(left), isToLiteral ? unchecked(right) : code(right));
    }
    const first = code(left);
    const second =
      operator === "&&" || operator === "||"
        ? narrowing.within(left, operator === "&&", () => code(right))
        : code(right);
    return joined(operator, first, second);
  }

  function lambda(parameters: readonly Variable[], body: Expression): Code {
    const bound = parameters.map((parameter) => names.bind(parameter));
    const printed = code(body);
    const used = bound.map((name) => names.isUsed(name));
    const last = used.lastIndexOf(true);
    const list = bound.slice(0, last + 1).map((name, index) => (used[index] ? name : `_${name}`));
    for (const parameter of parameters) names.unbind(parameter);
    return { kind: "arrow", async: false, parameters: list, body: printed };
  }

  function template(parts: readonly (string | Expression)[]): Code {
    const texts = [""];
    const values: Code[] = [];
    for (const part of parts) {
      const constant =
        typeof part === "string" ? part : part.kind === "literal" && typeof part.value === "string" ? part.value : null;
      if (constant !== null) texts.push((texts.pop() ?? "") + templateText(constant));
      else if (typeof part !== "string") {
        values.push(code(part));
        texts.push("");
      }
    }
    return { kind: "template", texts, values };
  }

  function codeFor(expression: Expression, to: Type): Code {
    const target = resolve(to);
    if (expression.kind === "object" && target.kind === "object") {
      const properties = expression.members.map(({ key, value }) => {
        const wanted = target.members.get(key)?.type ?? target.additional;
        return property(key, value, wanted === null ? root(value) : codeFor(value, wanted));
      });
      return { kind: "object", properties };
    }
    if (expression.kind === "array" && target.kind === "array") {
      return { kind: "array", items: expression.items.map((item) => codeFor(item, target.element)) };
    }
    if (isIndexed(to) && names.isInterface(expression.type)) {
      return { kind: "object", properties: [{ kind: "spread", value: root(expression) }] };
    }
    return root(expression);
  }

  function milliseconds(expression: Expression): Code {
    const { kind } = expression;
    return kind === "literal" && typeof expression.value === "number" && expression.value >= 0
      ? { kind: "number", raw: millisecondsText(expression.value) }
      : root(expression);
  }

  return { code: root, codeFor, milliseconds, lambda, narrowing };
}

function orUndefined(type: TypeCode): TypeCode {
  const missing: TypeCode = { kind: "word", text: "undefined" };
  return { kind: "union", of: type.kind === "union" ? [...type.of, missing] : [type, missing] };
}

function literal(value: null | boolean | number | string): Code {
  if (typeof value === "string") return { kind: "string", raw: stringLiteral(value) };
  if (typeof value === "number") {
    const digits: Code = { kind: "number", raw: numberText(Math.abs(value)) };
    return value < 0 || Object.is(value, -0) ? { kind: "unary", operator: "-", argument: digits } : digits;
  }
  return { kind: "keyword", keyword: value === null ? "null" : value ? "true" : "false" };
}

export function not(operand: Code): Code {
  if (operand.kind === "unary" && operand.operator === "!") return operand.argument;
  if (operand.kind === "binary" && operand.operator === "===") return { ...operand, operator: "!==" };
  return { kind: "unary", operator: "!", argument: operand };
}

/** `a && (b && c)` is the same as `(a && b) && c`, which needs no parentheses. */
function joined(operator: string, left: Code, right: Code): Code {
  const isLogical = operator === "&&" || operator === "||" || operator === "??";
  if (isLogical && right.kind === "binary" && right.operator === operator) {
    return joined(operator, joined(operator, left, right.left), right.right);
  }
  return { kind: "binary", operator, left, right };
}

/** What belongs to a node is called `node.port`, as in a definition. */
function shownName(name: string): string {
  return name.replace(/^(\S+) (\S+)(?= from \S+$|$)/, "$1.$2");
}

function mayBeAbsent(expression: Expression): boolean {
  if (expression.kind === "member" && expression.optional) return true;
  const type = resolve(expression.type);
  return type.kind === "null" || (type.kind === "union" && type.of.some((member) => resolve(member).kind === "null"));
}
