import type { Expression, Variable } from "../ir/expression.ts";
import type { Program, Region, Sequence, Step } from "../ir/program.ts";
import { type Type, unknown } from "../ir/types.ts";
import { annotationOf } from "./annotations.ts";
import { alternativeCode, completionCode } from "./choices.ts";
import { createExpressionPrinter, type ExpressionPrinter, not } from "./expressions.ts";
import { createForkPrinter } from "./forks.ts";
import { asFunction, targetOf } from "./functions.ts";
import type { Code, Statement, TypeCode } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { camelCase } from "./names.ts";
import type { Merge } from "./narrowing.ts";
import { sequenceOf } from "./occurrences.ts";
import { type Placement, placeVariables } from "./placement.ts";
import { policyCode } from "./policies.ts";
import { leaves } from "./reachability.ts";
import type { TargetPrinter } from "./target.ts";
import { stringLiteral } from "./text.ts";
import { isIndexed, type TypePrinter } from "./types.ts";

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
  target: TargetPrinter,
): StepPrinter {
  const placement = placeVariables(body);
  const expressions = createExpressionPrinter(names, placement.checked);
  const { code, codeFor, narrowing } = expressions;
  claimExactNames();
  const activityInputs = new Map(program.activities.map((activity) => [activity.name, activity.input]));
  const activityOutputs = new Map(program.activities.map((activity) => [activity.name, activity.output]));
  const declared = new Set<Variable>();
  let jumps: Jump[] = [];
  /** Whether the step at hand gives its value to a variable that the next step returns. */
  let isReturnedNext = false;
  let returns: Returns = { kind: "value", type: program.output };
  const printer: StepPrinter = { functionBody, names, expressions, placement, text };
  const forks = createForkPrinter(printer);

  /** What the definition calls just so has its name before others, whose names only become the same. */
  function claimExactNames(): void {
    const claimed = new Set<string>();
    for (const variable of placement.variables) {
      if (claimed.has(variable.name) || camelCase(variable.name) !== variable.name) continue;
      claimed.add(variable.name);
      names.declare(variable);
    }
  }

  function text(value: string): Code {
    return { kind: "string", raw: stringLiteral(value) };
  }

  function block(region: Region): Statement[] {
    const sequence = sequenceOf(region);
    const statements: Statement[] = [];
    sequence.steps.forEach((step, index) => {
      const assigned = assignedBy(step);
      const next = sequence.steps[index + 1];
      isReturnedNext = assigned !== null && next !== undefined && returnsJust(next, assigned);
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
      const before = sequence.steps[index - 1];
      const isReturned = step.kind === "finish" && before?.kind !== "finish" && statements.at(-1)?.kind === "return";
      if (!isReturned) statements.push(...stepStatements(step));
    });
    return statements;
  }

  /** Whether a step does no more than return the variable, as it is. */
  function returnsJust(step: Step, variable: Variable): boolean {
    if (step.kind !== "finish" || step.value?.kind !== "variable" || step.value.variable !== variable) return false;
    return returns.kind === "value" && returns.type !== null && !isIndexed(returns.type);
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
    const isReturned = isReturnedNext;
    isReturnedNext = false;
    const declaration = variable === null ? null : placement.of(variable);
    if (variable === null || declaration === null) return { kind: "expression", value, origin };
    if (declaration === "const") {
      const type = annotationOf(variable.type, from, types);
      if (isReturned && type === null && value.kind === "await") return { kind: "return", value, origin };
      return {
        kind: "declare",
        keyword: "const",
        target: { kind: "name", name: names.declare(variable) },
        type,
        value,
        origin,
      };
    }
    const name = names.declare(variable);
    if (declared.has(variable)) return { kind: "assign", target: name, value, origin };
    declared.add(variable);
    const type = isOfLiteral(variable.type, from) && declaration === "let" ? null : letType(variable);
    return { kind: "declare", keyword: "let", target: { kind: "name", name }, type, value, origin };
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
        const fn = step.isTransient ? "receiveTransient" : "receive";
        return [bindResult(step, step.result, awaited(fn, text(step.step), text(step.channel), ...timeout), unknown)];
      }
      case "race": {
        const alternatives: Code = {
          kind: "array",
          items: step.alternatives.map((each) => alternativeCode(each, expressions)),
        };
        return [bindResult(step, step.result, awaited("pick", text(step.step), alternatives), unknown)];
      }
      case "scope": {
        const policy = policyCode(step, expressions, names);
        return [bodyStatement(step, "within", step.step, policy === null ? [] : [policy])];
      }
      case "lock":
        return [bodyStatement(step, "locked", step.name)];
      case "cancellable":
        return [bodyStatement(step, "cancellable", step.name)];
      case "control":
        if (step.action === "settle") return [{ kind: "expression", value: awaited("settle"), origin }];
        return [{ kind: "expression", value: run(step.action, ...step.names.map(text)), origin }];
      case "terminate": {
        const value =
          step.value === null
            ? run("cancelRun", text(step.step))
            : run("terminate", text(step.step), codeFor(step.value, program.output));
        return [{ kind: "throw", value, origin }];
      }
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
      step.template?.input ??
      (step.isSelf ? program.input : undefined) ??
      (step.builtin ? undefined : activityInputs.get(step.activity)) ??
      step.input.type;
    const { fn, activity, policy } = target.site(step, expressions);
    return names.call(fn, [
      names.scope(),
      text(step.step),
      activity,
      codeFor(step.input, input),
      ...(policy === null ? [] : [policy]),
    ]);
  }

  function outputOf(step: Step & { kind: "call" }): Type | null {
    if (step.isSelf) return program.output;
    if (step.template) return step.template.output;
    return step.builtin ? (step.result?.type ?? null) : (activityOutputs.get(step.activity) ?? null);
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
    const before: Statement[] = [];
    let cases: { test: Code; then: readonly Statement[] }[] = [];
    const paths = narrowing.merge();
    let otherwise: readonly Statement[] | null = null;
    for (const { when, body } of step.handlers) {
      if (when === null || (when.kind === "literal" && when.value === true)) {
        otherwise = paths.arm(null, true, () => block(body), leaves);
        break;
      }
      if (cases.length > 0 && cases.every(({ then }) => leaves(then))) {
        before.push({ kind: "if", cases, otherwise: null, origin });
        cases = [];
      }
      const test = code(when);
      cases.push({ test, then: paths.arm(when, true, () => block(body), leaves) });
      narrowing.learn(when, false);
    }
    paths.end();
    const passOn: Statement = { kind: "throw", value: { kind: "name", name }, origin };
    if (cases.length === 0)
      return { statements: otherwise ?? [passOn], isUsed: otherwise === null || names.isUsed(name) };
    const [single] = cases;
    if (single !== undefined && cases.length === 1 && otherwise === null && single.then.length === 0)
      return {
        statements: [{ kind: "if", cases: [{ test: not(single.test), then: [passOn] }], otherwise: null, origin }],
        isUsed: true,
      };
    const rest = otherwise ?? [passOn];
    if (otherwise !== null && rest.length === 0)
      return { statements: [...before, { kind: "if", cases, otherwise: null, origin }], isUsed: names.isUsed(name) };
    const isUsed = otherwise === null || names.isUsed(name);
    if (cases.every(({ then }) => leaves(then)))
      return { statements: [...before, { kind: "if", cases, otherwise: null, origin }, ...rest], isUsed };
    return { statements: [...before, { kind: "if", cases, otherwise: rest, origin }], isUsed };
  }

  function forEachStatement(step: Step & { kind: "forEach" }): Statement {
    const items = code(step.items);
    const { completion } = step;
    const concurrency = step.concurrency === null || completion ? [] : [code(step.concurrency)];
    const ending = completion ? [completionCode(completion, step.concurrency, expressions)] : [];
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
    const fn = completion ? "forEachUntil" : "forEach";
    const value = names.call(fn, [names.scope(), text(step.step), items, turn, ...concurrency, ...ending]);
    return bindResult(step, step.result, { kind: "await", argument: value }, null);
  }

  /** A body that a function of the runtime runs. */
  function bodyStatement(
    step: Step & { readonly body: Region },
    fn: string,
    name: string,
    more: readonly Code[] = [],
  ): Statement {
    const variables = placement.returnedBy(sequenceOf(step.body));
    const { body, usesScope } = functionBody(step.body, { kind: "variables", variables });
    const inner = asFunction(usesScope ? ["scope"] : [], body);
    const value: Code = { kind: "await", argument: names.call(fn, [names.scope(), text(name), inner, ...more]) };
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

/** Whether TypeScript infers the type of a `let` from the literal that it begins with. */
function isOfLiteral(type: Type, from: Type | Expression | null): boolean {
  if (from === null || !("origin" in from) || from.kind !== "literal") return false;
  return type.kind === typeof from.value || (type.kind === "integer" && typeof from.value === "number");
}

function assignedBy(step: Step): Variable | null {
  if (step.kind === "assign") return step.variable;
  return step.kind === "call" || step.kind === "forEach" || step.kind === "receive" || step.kind === "race"
    ? step.result
    : null;
}

function elementOf(type: Type): Type {
  return type.kind === "array" ? type.element : { kind: "unknown" };
}

function isPlainJump(statement: Statement | undefined): boolean {
  return statement?.kind === "continue" && statement.label === null;
}
