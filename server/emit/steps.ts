import type { Expression, Variable } from "../ir/expression.ts";
import type { Program, Region, Sequence, Step } from "../ir/program.ts";
import { type Type, unknown } from "../ir/types.ts";
import { assignedBy } from "../ir/visit.ts";
import { annotationOf } from "./annotations.ts";
import { createAttemptPrinter } from "./attempts.ts";
import { type BodyPrinter, createBodyPrinter } from "./bodies.ts";
import { alternativeCode, completionCode } from "./choices.ts";
import { circularConstants } from "./circular.ts";
import { createDecisionPrinter } from "./decisions.ts";
import { createExpressionPrinter, type ExpressionPrinter } from "./expressions.ts";
import { createForkPrinter } from "./forks.ts";
import { asFunction, targetOf } from "./functions.ts";
import { createJumpPrinter } from "./jumps.ts";
import type { CallCode, Code, Statement } from "./layout/syntax.ts";
import { createLocals, type Locals } from "./locals.ts";
import type { ModuleNames } from "./module-names.ts";
import { camelCase } from "./names.ts";
import { sequenceOf } from "./occurrences.ts";
import { createCutter, type Part } from "./parts/cut.ts";
import { type Placement, placeVariables } from "./placement.ts";
import { policyCode } from "./policies.ts";
import type { TargetPrinter } from "./target.ts";
import { commentLines, stringLiteral } from "./text.ts";
import { turnTypeArguments } from "./type-arguments.ts";
import type { TypePrinter } from "./types.ts";

export interface StepPrinter extends Pick<BodyPrinter, "functionBody"> {
  readonly names: ModuleNames;
  readonly expressions: ExpressionPrinter;
  readonly placement: Placement;
  readonly locals: Locals;
  /** The functions that parts of long bodies became. */
  readonly parts: readonly Part[];
  text(value: string): Code;
}

/** Prints the steps of a workflow, which are sequences only, as statements; of at most about `partLimit` in one function. */
export function createStepPrinter(
  program: Program,
  body: Sequence,
  names: ModuleNames,
  types: TypePrinter,
  target: TargetPrinter,
  partLimit: number,
): StepPrinter {
  const placement = placeVariables(body);
  const circular = circularConstants(body, placement);
  const expressions = createExpressionPrinter(names, types, placement);
  const { code, codeFor, narrowing } = expressions;
  claimExactNames(placement, names);
  const locals = createLocals(names, types, placement, target.runParameters);
  const cutter = createCutter(partLimit, {
    local: locals.of,
    partName: (first, last) => names.fresh(first === last ? first : `${first} to ${last}`, "part"),
    resultName() {
      const name = names.fresh("results", "results");
      locals.declare(name, null);
      return name;
    },
  });
  const activityInputs = new Map(program.activities.map((activity) => [activity.name, activity.input]));
  const activityOutputs = new Map(program.activities.map((activity) => [activity.name, activity.output]));
  const declared = new Set<Variable>();
  /** Whether the step at hand gives its value to a variable that the next step returns. */
  let isReturnedNext = false;
  const jumps = createJumpPrinter(names, expressions, block);
  const decisions = createDecisionPrinter(expressions, block);
  const attempts = createAttemptPrinter(names, expressions, block);
  const bodies = createBodyPrinter({ names, types, expressions, cutter, jumps }, block);
  const { functionBody } = bodies;
  const printer: StepPrinter = { functionBody, names, expressions, placement, locals, parts: cutter.parts, text };
  const forks = createForkPrinter(printer);

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
          type: locals.letType(variable),
          value: null,
          origin: null,
        });
      }
      const before = sequence.steps[index - 1];
      const isReturned = step.kind === "finish" && before?.kind !== "finish" && statements.at(-1)?.kind === "return";
      if (!isReturned) statements.push(...commented(stepStatements(step), step.comment));
    });
    return statements;
  }

  /** Whether a step does no more than return the variable, as it is. */
  function returnsJust(step: Step, variable: Variable): boolean {
    return (
      step.kind === "finish" &&
      step.value?.kind === "variable" &&
      step.value.variable === variable &&
      bodies.returnsAsIs()
    );
  }

  /** Gives a variable the value of a step. */
  function bindResult(step: Step, variable: Variable | null, value: Code, from: Type | Expression | null): Statement {
    const { origin } = step;
    const isReturned = isReturnedNext;
    isReturnedNext = false;
    const declaration = variable === null ? null : placement.of(variable);
    if (variable === null || declaration === null) return { kind: "expression", value, origin };
    if (declaration === "const") {
      const type = circular.has(variable) ? types.code(variable.type) : annotationOf(variable.type, from, types);
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
    const type = isOfLiteral(variable.type, from) && declaration === "let" ? null : locals.letType(variable);
    return { kind: "declare", keyword: "let", target: { kind: "name", name }, type, value, origin };
  }

  function stepStatements(step: Step): readonly Statement[] {
    const { origin } = step;
    const run = (fn: string, ...args: readonly Code[]): CallCode => names.call(fn, [names.scope(), ...args]);
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
        return [{ kind: "expression", value: run(step.isSilent ? "enter" : "visit", text(step.step)), origin }];
      case "skip":
        return step.steps.length === 0
          ? []
          : [{ kind: "expression", value: run("skip", ...step.steps.map(text)), origin }];
      case "decide":
        return decisions.statements(step);
      case "fork":
        return forks.statements(step);
      case "forEach":
        return [forEachStatement(step)];
      case "loop":
        return [jumps.loop(step)];
      case "block":
        return jumps.block(step);
      case "break":
      case "continue":
        return [jumps.jump(step)];
      case "try":
        return [attempts.statement(step)];
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
        const value = received(step.result, run(fn, text(step.step), text(step.channel), ...timeout));
        return [bindResult(step, step.result, value, unknown)];
      }
      case "race": {
        const alternatives: Code = {
          kind: "array",
          items: step.alternatives.map((each) => alternativeCode(each, expressions)),
        };
        const value = received(step.result, run("pick", text(step.step), alternatives));
        return [bindResult(step, step.result, value, unknown)];
      }
      case "scope": {
        const policy = policyCode(step, expressions, names);
        const more = policy === null ? [] : [policy];
        return [
          step.step === ""
            ? bodyStatement(step, "limited", null, more)
            : bodyStatement(step, "within", step.step, more),
        ];
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
        return [{ kind: "return", value: bodies.returned(step.value), origin }];
      case "fail":
        return [{ kind: "throw", value: run("fail", text(step.step), code(step.error), code(step.cause)), origin }];
      case "rethrow":
        return [{ kind: "throw", value: names.variable(step.failure), origin }];
      default:
        return step satisfies never;
    }
  }

  /** What comes from outside has the type of the variable that takes it, and without saying so would be as optional. */
  function received(result: Variable | null, call: CallCode): Code {
    const isOptional = result !== null && placement.of(result) === "optional";
    return { kind: "await", argument: isOptional ? { ...call, typeArgs: [types.code(result.type)] } : call };
  }

  function callCode(step: Step & { kind: "call" }): Code {
    const input =
      step.template?.input ??
      (step.isSelf ? program.input : undefined) ??
      (step.builtin ? undefined : activityInputs.get(step.activity)) ??
      step.input.type;
    const { fn, activity, policy } = target.site(step, expressions);
    const more = step.by?.more ?? null;
    return names.call(step.by?.fn ?? fn, [
      names.scope(),
      text(step.step),
      activity,
      codeFor(step.input, input),
      ...(more === null ? [] : [code(more)]),
      ...(policy === null ? [] : [policy]),
    ]);
  }

  function outputOf(step: Step & { kind: "call" }): Type | null {
    if (step.isSelf) return program.output;
    if (step.template) return step.template.output;
    return step.builtin ? (step.result?.type ?? null) : (activityOutputs.get(step.activity) ?? null);
  }

  function forEachStatement(step: Step & { kind: "forEach" }): Statement {
    const items = code(step.items);
    const { completion } = step;
    const more = step.by?.more ?? null;
    const unlimited: readonly Code[] = more === null ? [] : [{ kind: "number", raw: "0" }];
    const concurrency = step.concurrency === null || completion ? unlimited : [code(step.concurrency)];
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
    const fn = step.by?.fn ?? (completion ? "forEachUntil" : "forEach");
    const value: Code = {
      ...names.call(fn, [
        names.scope(),
        text(step.step),
        items,
        turn,
        ...concurrency,
        ...(more === null ? [] : [code(more)]),
        ...ending,
      ]),
      ...turnTypeArguments(step, types),
    };
    return bindResult(step, step.result, { kind: "await", argument: value }, null);
  }

  /** A body that a function of the runtime runs. */
  function bodyStatement(
    step: Step & { readonly body: Region },
    fn: string,
    name: string | null,
    more: readonly Code[] = [],
  ): Statement {
    const variables = placement.returnedBy(sequenceOf(step.body));
    const { body, usesScope } = functionBody(step.body, { kind: "variables", variables });
    const inner = asFunction(usesScope ? ["scope"] : [], body);
    const value: Code = {
      kind: "await",
      argument: names.call(fn, [names.scope(), ...(name === null ? [] : [text(name)]), inner, ...more]),
    };
    const target = targetOf(variables, names);
    variables.forEach(narrowing.received);
    locals.received(variables);
    return target === null
      ? { kind: "expression", value, origin: step.origin }
      : { kind: "declare", keyword: "const", target, type: null, value, origin: step.origin };
  }

  return printer;
}

/** Whether TypeScript infers the type of a `let` from the literal that it begins with. */
function isOfLiteral(type: Type, from: Type | Expression | null): boolean {
  if (from === null || !("origin" in from) || from.kind !== "literal") return false;
  return type.kind === typeof from.value || (type.kind === "integer" && typeof from.value === "number");
}

function elementOf(type: Type): Type {
  return type.kind === "array" ? type.element : { kind: "unknown" };
}

/** What the definition calls just so has its name before others, whose names only become the same. */
function claimExactNames(placement: Placement, names: ModuleNames): void {
  const claimed = new Set<string>();
  for (const variable of placement.variables) {
    if (claimed.has(variable.name) || camelCase(variable.name) !== variable.name) continue;
    claimed.add(variable.name);
    names.declare(variable);
  }
}

/** The comment stands over the first of the statements that a step becomes. */
function commented(statements: readonly Statement[], comment = ""): readonly Statement[] {
  const [first, ...rest] = statements;
  return first === undefined || comment === "" ? statements : [{ ...first, comment: commentLines(comment) }, ...rest];
}
