import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder } from "../../server/emit/assignments.ts";
import { findOccurrences, type OccurrenceTable, sequenceOf } from "../../server/emit/occurrences.ts";
import { isInside } from "../../server/emit/placement.ts";
import { simplify } from "../../server/emit/simplify.ts";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Program, Region, Step } from "../../server/ir/program.ts";
import { randomFrom, randomProgram } from "./random-programs.ts";

/** How steps ended: null where control goes on behind them. */
type End = null | { readonly kind: "break" | "continue"; readonly label: string } | { readonly finish: unknown };

class Failure extends Error {
  readonly value: unknown;
  constructor(value: unknown) {
    super("failed");
    this.value = value;
  }
}
class OutOfFuel extends Error {}

/** More than any random program does outside of endless loops. */
const maxSteps = 5_000;
const maxEvents = 200;

const input = { status: "open", text: "a", count: 3, flag: true, list: [4, 0] };

/** What a program does, in order; concurrent branches run one after the other. Calls fail where `fails` says so. */
function traceOf(
  { inputVariable }: Program,
  body: Region,
  fails: readonly boolean[],
  table: OccurrenceTable,
): readonly string[] {
  const values = new Map<Variable, unknown>();
  const trace: string[] = [];
  let steps = 0;
  let calls = 0;

  function event(...parts: readonly unknown[]): void {
    if (trace.push(JSON.stringify(parts)) >= maxEvents) throw new OutOfFuel();
  }

  function value(expression: Expression): unknown {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "variable":
        return expression.variable === inputVariable || expression.variable.role === "input"
          ? input
          : (values.get(expression.variable) ?? (expression.type.kind === "boolean" ? false : null));
      case "member": {
        const of = value(expression.of);
        return typeof of === "object" && of !== null ? Reflect.get(of, expression.name) : undefined;
      }
      case "object":
        return Object.fromEntries(expression.members.map((member) => [member.key, value(member.value)]));
      case "unary":
        return expression.operator === "!" ? value(expression.operand) !== true : -Number(value(expression.operand));
      case "conditional":
        return value(value(expression.test) === true ? expression.then : expression.otherwise);
      case "binary":
        return binary(expression.operator, value(expression.left), () => value(expression.right));
      default:
        throw new Error(`no random program has an expression of kind ${expression.kind}`);
    }
  }

  function run(region: Region): End {
    for (const step of sequenceOf(region).steps) {
      const end = runStep(step);
      if (end !== null) return end;
    }
    return null;
  }

  /** The variables that only a function uses: each time that it runs they are new. */
  function ownOf(name: string): readonly Variable[] {
    const [inside] = [...table.blocks.values()]
      .filter(({ at }) => isTurnOf(at?.block.sequence.steps[at.index], name))
      .map(({ body }) => body);
    return [...table.of.values()]
      .filter(({ assignments, uses }) => [...assignments, ...uses].every((place) => isInside(place, inside)))
      .map(({ variable }) => variable);
  }

  function finished(end: End): unknown {
    return end !== null && "finish" in end ? end.finish : null;
  }

  function runStep(step: Step): End {
    if (++steps > maxSteps) throw new OutOfFuel();
    switch (step.kind) {
      case "assign":
        values.set(step.variable, value(step.value));
        return null;
      case "call": {
        event("call", step.step, value(step.input));
        calls += 1;
        if (fails[calls % fails.length] === true) throw new Failure({ name: calls % 2 === 0 ? "Busy" : "Other" });
        if (step.result !== null) values.set(step.result, calls);
        return null;
      }
      case "visit":
      case "wait":
        event(step.kind, step.step);
        return null;
      case "skip":
        event("skip", ...step.steps);
        return null;
      case "decide": {
        const chosen = step.cases.find((each) => value(each.when) === true)?.then ?? step.otherwise;
        return chosen === null ? null : run(chosen);
      }
      case "loop":
        while (step.test === null || value(step.test) === true) {
          if (++steps > maxSteps) throw new OutOfFuel();
          const end = run(step.body);
          if (end === null || ("label" in end && end.kind === "continue" && end.label === step.label)) continue;
          if ("label" in end && end.label === step.label) return null;
          return end;
        }
        return null;
      case "block": {
        const end = run(step.body);
        return end !== null && "label" in end && end.label === step.label ? null : end;
      }
      case "break":
      case "continue":
        return { kind: step.kind, label: step.label };
      case "try":
        return runTry(step);
      case "forEach": {
        const results = input.list.map((item, index) => {
          for (const variable of ownOf(step.step)) values.delete(variable);
          values.set(step.item, item).set(step.index, index);
          return finished(run(step.body));
        });
        if (step.result !== null) values.set(step.result, results);
        return null;
      }
      case "scope":
        run(step.body);
        return null;
      case "fork":
        for (const branch of inOrder(step.branches)) run(branch.body);
        return null;
      case "finish":
        return { finish: step.value === null ? null : value(step.value) };
      case "fail":
        throw new Failure({ name: value(step.error) });
      case "rethrow":
        throw new Failure(values.get(step.failure));
      default:
        throw new Error(`no random program has a step of kind ${step.kind}`);
    }
  }

  function runTry(step: Step & { kind: "try" }): End {
    let end: End = null;
    try {
      end = run(step.body);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const handler = step.handlers.find(({ failure, when }) => {
        values.set(failure, error.value);
        return when === null || value(when) === true;
      });
      if (handler === undefined) {
        if (step.finally !== null) run(step.finally);
        throw error;
      }
      end = run(handler.body);
    }
    return (step.finally === null ? null : run(step.finally)) ?? end;
  }

  try {
    event("end", finished(run(body)));
  } catch (error) {
    if (error instanceof Failure) event("failed", error.value);
    else if (!(error instanceof OutOfFuel)) throw error;
    else if (steps > maxSteps) return [];
  }
  return trace;
}

function isTurnOf(step: Step | undefined, name: string): boolean {
  return step?.kind === "forEach" && step.step === name;
}

function binary(operator: string, left: unknown, right: () => unknown): unknown {
  switch (operator) {
    case "&&":
      return left === true && right() === true;
    case "||":
      return left === true || right() === true;
    case "===":
      return left === right();
    case "!==":
      return left !== right();
    case "<":
      return Number(left) < Number(right());
    case ">":
      return Number(left) > Number(right());
    case "+":
      return Number(left) + Number(right());
    case "-":
      return Number(left) - Number(right());
    case "*":
      return Number(left) * Number(right());
    default:
      throw new Error(`no random program has the operator ${operator}`);
  }
}

test("A program does the same without its copies and what is unused", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), (seed, fails) => {
      const program = randomProgram(randomFrom(seed));
      const simple = simplify(program);
      const table = findOccurrences(simple);
      const before = traceOf(program, program.body, fails, table);
      const after = traceOf(program, simple, fails, table);
      if (before.length > 0 && after.length > 0) expect(after).toEqual(before);
    }),
    { numRuns: 1_000 },
  );
});
