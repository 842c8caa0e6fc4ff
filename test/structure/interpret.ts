import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Jumps, Region, Sequence, Step } from "../../server/ir/program.ts";

/** What a run did, in order, up to a number of events; then how it ended. */
export type Trace = readonly string[];

type Value = null | boolean | number | string;

/** How a step went on: to what follows it, or away from there. */
type Outcome = { kind: "next" } | { kind: "break" | "continue"; label: string } | { kind: "finish"; value: Value };

class Failure extends Error {}
class OutOfFuel extends Error {}

interface Run {
  /** The next answer to a question; a run asks the same questions as long as it does the same. */
  ask(question: string): boolean;
  event(text: string): void;
  readonly values: Map<Variable, Value>;
}

const next: Outcome = { kind: "next" };

/** Runs a region with the answers of an oracle, repeated without end, and stops after so many events. */
export function interpret(region: Region, answers: readonly boolean[], fuel: number): Trace {
  const trace: string[] = [];
  let asked = 0;
  const event = (text: string): void => {
    trace.push(text);
    if (trace.length >= fuel) throw new OutOfFuel();
  };
  const ask = (question: string): boolean => {
    const answer = answers[asked % answers.length] ?? false;
    asked += 1;
    event(`${question}: ${answer}`);
    return answer;
  };
  try {
    const outcome = runRegion(region, { ask, event, values: new Map() });
    trace.push(outcome.kind === "finish" ? `finish ${outcome.value}` : outcome.kind);
  } catch (error) {
    if (error instanceof Failure) trace.push(`failure ${error.message}`);
    else if (!(error instanceof OutOfFuel)) throw error;
  }
  return trace;
}

function runRegion(region: Region, run: Run): Outcome {
  switch (region.kind) {
    case "sequence":
      return runSteps(region.steps, run);
    case "jumps":
      return runJumps(region, run);
    case "flow":
      throw new Error("No flows here");
    default:
      return region satisfies never;
  }
}

function runJumps(jumps: Jumps, run: Run): Outcome {
  let label = jumps.entry;
  for (;;) {
    const block = jumps.blocks.get(label);
    if (block === undefined) throw new Error(`No block ${label}`);
    const outcome = runSteps(block.steps, run);
    if (outcome.kind !== "next") return outcome;
    const { end } = block;
    switch (end.kind) {
      case "stop":
        return { kind: "finish", value: null };
      case "jump":
        label = end.to;
        break;
      case "branch":
        label = end.cases.find((one) => evaluate(one.when, run) === true)?.to ?? end.otherwise;
        break;
      case "attempt": {
        const body: Sequence = { kind: "sequence", steps: end.steps };
        let to = end.to;
        const handlers = end.handlers.map((handler) => ({
          failure: handler.failure,
          when: handler.when,
          run: (): Outcome => {
            to = handler.to;
            return runSteps(handler.steps, run);
          },
        }));
        const left = attempt(() => runRegion(body, run), handlers, run);
        if (left.kind !== "next") return left;
        label = to;
        break;
      }
      default:
        return end satisfies never;
    }
  }
}

interface Handler {
  readonly failure: Variable;
  readonly when: Expression | null;
  run(): Outcome;
}

function attempt(body: () => Outcome, handlers: readonly Handler[], run: Run): Outcome {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    for (const handler of handlers) {
      run.values.set(handler.failure, error.message);
      if (handler.when === null || evaluate(handler.when, run) === true) return handler.run();
    }
    throw error;
  }
}

function runSteps(steps: readonly Step[], run: Run): Outcome {
  for (const step of steps) {
    const outcome = runStep(step, run);
    if (outcome.kind !== "next") return outcome;
  }
  return next;
}

function runStep(step: Step, run: Run): Outcome {
  switch (step.kind) {
    case "call":
      if (run.ask(`call ${step.step}`)) throw new Failure(step.step);
      return next;
    case "visit":
      run.event(`visit ${step.step}`);
      return next;
    case "assign":
      run.values.set(step.variable, evaluate(step.value, run));
      return next;
    case "evaluate":
      evaluate(step.value, run);
      return next;
    case "decide": {
      const taken = step.cases.find((one) => evaluate(one.when, run) === true)?.then ?? step.otherwise;
      return taken === null ? next : runRegion(taken, run);
    }
    case "block":
      return leave(runRegion(step.body, run), step.label);
    case "loop":
      return runLoop(step, run);
    case "break":
    case "continue":
      return { kind: step.kind, label: step.label };
    case "try": {
      if (step.finally !== null) throw new Error("No finally here");
      const handlers = step.handlers.map((handler) => ({ ...handler, run: () => runRegion(handler.body, run) }));
      return attempt(() => runRegion(step.body, run), handlers, run);
    }
    case "finish":
      return { kind: "finish", value: step.value === null ? null : evaluate(step.value, run) };
    case "fail":
      throw new Failure(step.step);
    case "rethrow":
      throw new Failure(String(run.values.get(step.failure)));
    default:
      throw new Error(`No ${step.kind} here`);
  }
}

function leave(outcome: Outcome, label: string): Outcome {
  return outcome.kind === "break" && outcome.label === label ? next : outcome;
}

function runLoop(step: Extract<Step, { kind: "loop" }>, run: Run): Outcome {
  while (step.test === null || evaluate(step.test, run) === true) {
    const outcome = runRegion(step.body, run);
    if (outcome.kind === "next" || (outcome.kind === "continue" && outcome.label === step.label)) continue;
    return leave(outcome, step.label);
  }
  return next;
}

/** A call asks the oracle, so that it shows in the trace in what order expressions are evaluated. */
function evaluate(expression: Expression, run: Run): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "variable":
      return run.values.get(expression.variable) ?? null;
    case "call":
      return run.ask(expression.fn);
    case "unary":
      return !evaluate(expression.operand, run);
    case "binary": {
      const left = evaluate(expression.left, run);
      const { operator } = expression;
      if (operator === "&&") return left === true && evaluate(expression.right, run);
      if (operator === "||") return left === true || evaluate(expression.right, run);
      const right = evaluate(expression.right, run);
      if (operator === "===") return left === right;
      if (operator === "!==") return left !== right;
      throw new Error(`No ${operator} here`);
    }
    default:
      throw new Error(`No ${expression.kind} here`);
  }
}
