import type { Expression, Variable } from "../ir/expression.ts";
import type { Program, Region, Sequence, Step } from "../ir/program.ts";
import { type Type, unknown } from "../ir/types.ts";
import { annotationOf } from "./annotations.ts";
import { createExpressionPrinter, type ExpressionPrinter, not } from "./expressions.ts";
import { createForkPrinter } from "./forks.ts";
import type { Code, Statement, Target, TypeCode } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import type { Merge } from "./narrowing.ts";
import { sequenceOf } from "./occurrences.ts";
import { type Placement, placeVariables } from "./placement.ts";
import { policyCode } from "./policies.ts";
import type { TemplateTable } from "./templates.ts";
import { isPlainName, stringLiteral } from "./text.ts";
import type { TypePrinter } from "./types.ts";

/** What a function of the module returns: the value of `finish`, the variables that are used after it, or nothing. */
export type Returns =
  | { readonly kind: "value"; readonly type: Type | null }
  | { readonly kind: "variables"; readonly variables: readonly Variable[] };

export interface StepPrinter {
  /** The body of a function, in a scope of its own. */
  functionBody(region: Region, returns: Returns): { readonly body: readonly Statement[]; readonly usesScope: boolean };
  readonly names: ModuleNames;
  readonly expressions: ExpressionPrinter;
  readonly placement: Placement;
  text(value: string): Code;
}

interface Jump {
  readonly label: string;
  readonly isLoop: boolean;
  /** The name of the label, once something needs it. */
  name: string | null;
  /** What is known where the jump leads to. */
  readonly paths: Merge;
}

/** Prints the steps of a workflow, which are sequences only, as statements. */
export function createStepPrinter(
  program: Program,
  body: Sequence,
  names: ModuleNames,
  types: TypePrinter,
  templates: TemplateTable,
): StepPrinter {
  const placement = placeVariables(body);
  const expressions = createExpressionPrinter(names, placement.checked);
  const { code, codeFor, narrowing } = expressions;
  const activityInputs = new Map(program.activities.map((activity) => [activity.name, activity.input]));
  const activityOutputs = new Map(program.activities.map((activity) => [activity.name, activity.output]));
  const declared = new Set<Variable>();
  let jumps: Jump[] = [];
  let returns: Returns = { kind: "value", type: program.output };
  const printer: StepPrinter = { functionBody, names, expressions, placement, text };
  const forks = createForkPrinter(printer);

  function text(value: string): Code {
    return { kind: "string", raw: stringLiteral(value) };
  }

  function block(region: Region): Statement[] {
    const sequence = sequenceOf(region);
    const statements: Statement[] = [];
    sequence.steps.forEach((step, index) => {
      const assigned = assignedBy(step);
      for (const variable of placement.declaredBefore(sequence, index)) {
        if (variable === assigned && placement.of(variable) === "let") continue;
        declared.add(variable);
        statements.push({
          kind: "declare",
          keyword: "let",
          target: { kind: "name", name: names.declare(variable) },
          type: letType(variable),
          value: null,
          origin: null,
        });
      }
      statements.push(...stepStatements(step));
    });
    return statements;
  }

  function letType(variable: Variable): TypeCode {
    const type = types.code(variable.type);
    if (placement.of(variable) !== "optional") return type;
    const undefinedType = { kind: "word", text: "undefined" } as const;
    return { kind: "union", of: type.kind === "union" ? [...type.of, undefinedType] : [type, undefinedType] };
  }

  /** Gives a variable the value of a step. */
  function bindResult(step: Step, variable: Variable | null, value: Code, from: Type | Expression | null): Statement {
    const { origin } = step;
    const declaration = variable === null ? null : placement.of(variable);
    if (variable === null || declaration === null) return { kind: "expression", value, origin };
    const name = names.declare(variable);
    if (declaration === "const") {
      return {
        kind: "declare",
        keyword: "const",
        target: { kind: "name", name },
        type: annotationOf(variable.type, from, types),
        value,
        origin,
      };
    }
    if (declared.has(variable)) return { kind: "assign", target: name, value, origin };
    declared.add(variable);
    return { kind: "declare", keyword: "let", target: { kind: "name", name }, type: letType(variable), value, origin };
  }

  function stepStatements(step: Step): readonly Statement[] {
    const { origin } = step;
    const run = (fn: string, ...args: readonly Code[]): Code => names.call(fn, [names.scope(), ...args]);
    const awaited = (fn: string, ...args: readonly Code[]): Code => ({ kind: "await", argument: run(fn, ...args) });
    switch (step.kind) {
      case "call":
        return [bindResult(step, step.result, { kind: "await", argument: callCode(step) }, outputOf(step))];
      case "assign": {
        const statement = bindResult(step, step.variable, codeFor(step.value, step.variable.type), step.value);
        narrowing.assigned(step.variable, step.value);
        return [statement];
      }
      case "evaluate": {
        const value = code(step.value);
        return [
          { kind: "expression", value: value.kind === "call" ? value : names.call("evaluated", [value]), origin },
        ];
      }
      case "visit":
        return [{ kind: "expression", value: run("visit", text(step.step)), origin }];
      case "skip":
        return step.steps.length === 0
          ? []
          : [{ kind: "expression", value: run("skip", ...step.steps.map(text)), origin }];
      case "decide":
        return decideStatements(step);
      case "fork":
        return forks.statements(step);
      case "forEach":
        return [forEachStatement(step)];
      case "loop":
        return [loopStatement(step)];
      case "block":
        return blockStatements(step);
      case "break":
      case "continue":
        return [{ kind: step.kind, label: jumpLabel(step.label, step.kind), origin }];
      case "try":
        return [tryStatement(step)];
      case "wait": {
        const { until } = step;
        const value =
          until.kind === "duration"
            ? awaited("wait", text(step.step), expressions.milliseconds(until.ms))
            : awaited("waitUntil", text(step.step), code(until.timestamp));
        return [{ kind: "expression", value, origin }];
      }
      case "receive": {
        const timeout = step.timeoutMs === null ? [] : [expressions.milliseconds(step.timeoutMs)];
        return [
          bindResult(step, step.result, awaited("receive", text(step.step), text(step.channel), ...timeout), unknown),
        ];
      }
      case "scope":
        return [scopeStatement(step)];
      case "finish":
        return [{ kind: "return", value: returned(step.value), origin }];
      case "fail":
        return [{ kind: "throw", value: run("fail", text(step.step), code(step.error), code(step.cause)), origin }];
      case "rethrow":
        return [{ kind: "throw", value: names.variable(step.failure), origin }];
      default:
        return step satisfies never;
    }
  }

  function callCode(step: Step & { kind: "call" }): Code {
    const input =
      step.template?.input ?? (step.builtin ? undefined : activityInputs.get(step.activity)) ?? step.input.type;
    const policy = policyCode(step, expressions, names);
    return names.call("call", [
      names.scope(),
      text(step.step),
      activityCode(step),
      codeFor(step.input, input),
      ...(policy === null ? [] : [policy]),
    ]);
  }

  function outputOf(step: Step & { kind: "call" }): Type | null {
    if (step.template) return step.template.output;
    return step.builtin ? (step.result?.type ?? null) : (activityOutputs.get(step.activity) ?? null);
  }

  function activityCode(step: Step & { kind: "call" }): Code {
    if (step.template) return { kind: "name", name: templates.nameOf(step.template) };
    if (step.builtin) return { kind: "name", name: names.runtimeFunction(step.builtin) };
    const of = names.activities();
    return isPlainName(step.activity)
      ? { kind: "member", of, name: step.activity, optional: false }
      : { kind: "index", of, key: text(step.activity), optional: false };
  }

  function decideStatements(step: Step & { kind: "decide" }): readonly Statement[] {
    const { origin } = step;
    const [only] = step.cases;
    if (
      step.cases.length === 1 &&
      only !== undefined &&
      sequenceOf(only.then).steps.length === 0 &&
      step.otherwise !== null
    ) {
      const { otherwise } = step;
      const paths = narrowing.merge();
      const then = paths.arm(only.when, false, () => block(otherwise), leaves);
      paths.arm(only.when, true, () => [], leaves);
      paths.end();
      return [{ kind: "if", cases: [{ test: not(code(only.when)), then }], otherwise: null, origin }];
    }
    return caseStatements(step);
  }

  /** After cases that all leave, what would be their `else` follows them instead. */
  function caseStatements(step: Step & { kind: "decide" }): readonly Statement[] {
    const statements: (Statement & { kind: "if" })[] = [];
    const paths = narrowing.merge();
    let cases: { test: Code; then: readonly Statement[] }[] = [];
    for (const { when, then } of step.cases) {
      if (cases.length > 0 && cases.every((each) => leaves(each.then))) {
        statements.push({ kind: "if", cases, otherwise: null, origin: step.origin });
        cases = [];
      }
      const test = code(when);
      cases.push({ test, then: paths.arm(when, true, () => block(then), leaves) });
      narrowing.learn(when, false);
    }
    const { otherwise: region } = step;
    const otherwise = region === null ? null : paths.arm(null, true, () => block(region), leaves);
    if (region === null) paths.site();
    paths.end();
    const isFlat = otherwise === null || cases.every((each) => leaves(each.then));
    const last: Statement = { kind: "if", cases, otherwise: isFlat ? null : otherwise, origin: step.origin };
    return [...statements, last, ...(isFlat ? (otherwise ?? []) : [])];
  }

  function loopStatement(step: Step & { kind: "loop" }): Statement {
    const { test } = step;
    const printed: Code = test === null ? { kind: "keyword", keyword: "true" } : code(test);
    const jump: Jump = { label: step.label, isLoop: true, name: null, paths: narrowing.merge() };
    jumps.push(jump);
    const body = narrowing.within(test, true, () => block(step.body));
    jumps.pop();
    if (test !== null) jump.paths.arm(test, false, () => [], leaves);
    jump.paths.end();
    if (jump.name !== null) names.releaseLabel(jump.name);
    if (isPlainJump(body.at(-1))) body.pop();
    return { kind: "while", label: jump.name, test: printed, body, origin: step.origin };
  }

  function blockStatements(step: Step & { kind: "block" }): readonly Statement[] {
    const jump: Jump = { label: step.label, isLoop: false, name: null, paths: narrowing.merge() };
    jumps.push(jump);
    const body = jump.paths.arm(null, true, () => block(step.body), leaves);
    jumps.pop();
    jump.paths.end();
    if (jump.name === null) return body;
    names.releaseLabel(jump.name);
    return [{ kind: "block", label: jump.name, body, origin: step.origin }];
  }

  /** Null where the jump needs no label: it is to the innermost loop, and no block is between. */
  function jumpLabel(label: string, kind: "break" | "continue"): string | null {
    const target = jumps.findLast((jump) => jump.label === label);
    if (target === undefined) throw new Error(`nothing around this ${kind} has the label ${label}`);
    if (kind === "break") target.paths.site();
    const innermost = jumps.findLast((jump) => jump.isLoop);
    if (target === innermost) return null;
    target.name ??= names.label(label);
    return target.name;
  }

  function tryStatement(step: Step & { kind: "try" }): Statement {
    const paths = narrowing.merge();
    const body = paths.arm(null, true, () => block(step.body), leaves);
    const handler =
      step.handlers.length === 0
        ? null
        : { parameter: "error", body: paths.arm(null, true, () => handlerBody(step), leaves) };
    paths.end();
    const { finally: last } = step;
    return { kind: "try", body, handler, finalizer: last === null ? null : block(last), origin: step.origin };
  }

  function handlerBody(step: Step & { kind: "try" }): readonly Statement[] {
    const [first] = step.handlers;
    if (first === undefined) return [];
    const name = names.bind(first.failure, "failure");
    for (const { failure } of step.handlers) if (failure !== first.failure) names.alias(failure, name);
    const origin = null;
    const caught = names.call("caught", [names.scope(), { kind: "name", name: "error" }]);
    const handled = handlerStatements(step, name);
    for (const { failure } of step.handlers) names.unbind(failure);
    const declaration: Statement = handled.isUsed
      ? { kind: "declare", keyword: "const", target: { kind: "name", name }, type: null, value: caught, origin }
      : { kind: "expression", value: caught, origin };
    return [declaration, ...handled.statements];
  }

  function handlerStatements(
    step: Step & { kind: "try" },
    name: string,
  ): { readonly statements: readonly Statement[]; readonly isUsed: boolean } {
    const origin = null;
    const cases: { test: Code; then: readonly Statement[] }[] = [];
    const paths = narrowing.merge();
    let otherwise: readonly Statement[] | null = null;
    for (const { when, body } of step.handlers) {
      if (when === null || (when.kind === "literal" && when.value === true)) {
        otherwise = paths.arm(null, true, () => block(body), leaves);
        break;
      }
      const test = code(when);
      cases.push({ test, then: paths.arm(when, true, () => block(body), leaves) });
      narrowing.learn(when, false);
    }
    paths.end();
    const passOn: Statement = { kind: "throw", value: { kind: "name", name }, origin };
    if (cases.length === 0)
      return { statements: otherwise ?? [passOn], isUsed: otherwise === null || names.isUsed(name) };
    const rest = otherwise ?? [passOn];
    if (otherwise !== null && rest.length === 0)
      return { statements: [{ kind: "if", cases, otherwise: null, origin }], isUsed: names.isUsed(name) };
    const isUsed = otherwise === null || names.isUsed(name);
    if (cases.every(({ then }) => leaves(then)))
      return { statements: [{ kind: "if", cases, otherwise: null, origin }, ...rest], isUsed };
    return { statements: [{ kind: "if", cases, otherwise: rest, origin }], isUsed };
  }

  function forEachStatement(step: Step & { kind: "forEach" }): Statement {
    const items = code(step.items);
    const concurrency = step.concurrency === null ? [] : [code(step.concurrency)];
    const bound = [names.bind(step.item), names.bind(step.index)];
    const element = step.result === null ? null : elementOf(step.result.type);
    const { body, usesScope } = functionBody(step.body, { kind: "value", type: element });
    const used = [usesScope, ...bound.map((name) => names.isUsed(name))];
    names.unbind(step.item);
    names.unbind(step.index);
    const parameters = ["scope", ...bound]
      .slice(0, used.lastIndexOf(true) + 1)
      .map((name, index) => (used[index] ? name : `_${name}`));
    const turn: Code = asFunction(parameters, body);
    const value = names.call("forEach", [names.scope(), text(step.step), items, turn, ...concurrency]);
    return bindResult(step, step.result, { kind: "await", argument: value }, null);
  }

  function scopeStatement(step: Step & { kind: "scope" }): Statement {
    const variables = placement.returnedBy(sequenceOf(step.body));
    const { body, usesScope } = functionBody(step.body, { kind: "variables", variables });
    const policy = policyCode(step, expressions, names);
    const inner = asFunction(usesScope ? ["scope"] : [], body);
    const value: Code = {
      kind: "await",
      argument: names.call("within", [names.scope(), text(step.step), inner, ...(policy === null ? [] : [policy])]),
    };
    const target = targetOf(variables, names);
    variables.forEach(narrowing.received);
    return target === null
      ? { kind: "expression", value, origin: step.origin }
      : { kind: "declare", keyword: "const", target, type: null, value, origin: step.origin };
  }

  function functionBody(
    region: Region,
    inside: Returns,
  ): { readonly body: readonly Statement[]; readonly usesScope: boolean } {
    const outer = { jumps, returns };
    jumps = [];
    returns = inside;
    const { result, usesScope } = names.inFunction(() => narrowing.block(() => returningStatements(region)));
    jumps = outer.jumps;
    returns = outer.returns;
    return { body: result, usesScope };
  }

  function returningStatements(region: Region): readonly Statement[] {
    const statements = block(region);
    const last = statements.at(-1);
    if (last?.kind === "return" && last.value === null) statements.pop();
    const value = leaves(statements) ? null : returned(null);
    return value === null ? statements : [...statements, { kind: "return", value, origin: null }];
  }

  function returned(value: Expression | null): Code | null {
    if (returns.kind === "variables") return returnedVariables(returns.variables);
    if (returns.type === null) return null;
    return value === null ? { kind: "keyword", keyword: "null" } : codeFor(value, returns.type);
  }

  function returnedVariables(variables: readonly Variable[]): Code | null {
    const [only] = variables;
    if (only === undefined) return null;
    variables.forEach(narrowing.returned);
    if (variables.length === 1) return names.variable(only);
    return {
      kind: "object",
      properties: variables.map((variable) => ({ kind: "shorthand", name: names.declare(variable) })),
    };
  }

  return printer;
}

/** What a declaration of returned variables binds; null for none. */
export function targetOf(variables: readonly Variable[], names: ModuleNames): Target | null {
  const [only] = variables;
  if (only === undefined) return null;
  if (variables.length === 1) return { kind: "name", name: names.declare(only) };
  return { kind: "names", names: variables.map((variable) => names.declare(variable)) };
}

/** `async (…) => { … }`, or `(…) => promise` where the body only passes on one promise. */
export function asFunction(parameters: readonly string[], body: readonly Statement[]): Code {
  const short = returningPromise(body);
  const [only] = short;
  if (short.length === 1 && only?.kind === "return" && only.value !== null) {
    return { kind: "arrow", async: short === body, parameters, body: only.value };
  }
  if (short.length === 1 && only?.kind === "expression" && only.value.kind === "await") {
    return { kind: "arrow", async: false, parameters, body: only.value.argument };
  }
  return { kind: "arrow", async: true, parameters, body: short };
}

/** `const x = await promise; return x;` at the end is `return promise;`. */
function returningPromise(body: readonly Statement[]): readonly Statement[] {
  const last = body.at(-1);
  const before = body.at(-2);
  if (last?.kind !== "return" || last.value?.kind !== "name") return body;
  if (
    before?.kind !== "declare" ||
    before.type !== null ||
    before.target.kind !== "name" ||
    before.target.name !== last.value.name
  )
    return body;
  if (before.value?.kind !== "await") return body;
  return [...body.slice(0, -2), { kind: "return", value: before.value.argument, origin: before.origin }];
}

function assignedBy(step: Step): Variable | null {
  if (step.kind === "assign") return step.variable;
  return step.kind === "call" || step.kind === "forEach" || step.kind === "receive" ? step.result : null;
}

function elementOf(type: Type): Type {
  return type.kind === "array" ? type.element : { kind: "unknown" };
}

function isPlainJump(statement: Statement | undefined): boolean {
  return statement?.kind === "continue" && statement.label === null;
}

/** Whether nothing after the statements is reached, as TypeScript sees it. */
export function leaves(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  switch (last?.kind) {
    case "return":
    case "throw":
    case "break":
    case "continue":
      return true;
    case "if":
      return last.otherwise !== null && leaves(last.otherwise) && last.cases.every(({ then }) => leaves(then));
    case "while":
      return last.test.kind === "keyword" && last.test.keyword === "true" && !hasBreak(last.body, last.label, true);
    case "block":
      return leaves(last.body) && !hasBreak(last.body, last.label, false);
    case "try":
      return (
        (last.finalizer !== null && leaves(last.finalizer)) ||
        (leaves(last.body) && (last.handler === null || leaves(last.handler.body)))
      );
    default:
      return false;
  }
}

function hasBreak(statements: readonly Statement[], label: string | null, isDirect: boolean): boolean {
  return statements.some((statement) => {
    switch (statement.kind) {
      case "break":
        return statement.label === null ? isDirect : statement.label === label;
      case "if":
        return (
          statement.cases.some(({ then }) => hasBreak(then, label, isDirect)) ||
          (statement.otherwise !== null && hasBreak(statement.otherwise, label, isDirect))
        );
      case "while":
        return hasBreak(statement.body, label, false);
      case "block":
        return hasBreak(statement.body, label, isDirect);
      case "try":
        return [statement.body, statement.handler?.body ?? [], statement.finalizer ?? []].some((body) =>
          hasBreak(body, label, isDirect),
        );
      default:
        return false;
    }
  });
}
