import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Branch, Region, Sequence, Step } from "../../server/ir/program.ts";
import type { Trace, World } from "./flow-world.ts";

/** What a process waits for: a point of virtual time, or a condition that other processes bring about. */
type Wait = { readonly until: number } | { readonly when: () => boolean };

interface Process {
  readonly body: Generator<Wait, void>;
  readonly children: Process[];
  wait: Wait;
  state: "running" | "ended" | "failed" | "cancelled";
  failure: unknown;
}

class Failure extends Error {
  readonly step: string;
  constructor(name: string, step: string) {
    super(name);
    this.name = name;
    this.step = step;
  }
}

class Break extends Error {
  readonly label: string;
  constructor(label: string) {
    super(label);
    this.label = label;
  }
}

/** Runs structured steps under a virtual clock. Of processes that can go on, `choose` picks one: the order must not matter. */
export function interpret(program: Sequence, world: World, choose: (count: number) => number): Trace {
  const trace: Trace = { started: new Map(), skipped: [], seen: new Map(), end: { time: 0, failed: null } };
  const variables = new Map<Variable, unknown>();
  const processes: Process[] = [];
  let now = 0;

  function spawn(body: Generator<Wait, void>): Process {
    const process: Process = { body, children: [], wait: { until: now }, state: "running", failure: null };
    processes.push(process);
    return process;
  }

  function evaluate(e: Expression): unknown {
    switch (e.kind) {
      case "literal":
        return e.value;
      case "variable":
        if (!variables.has(e.variable)) throw new Error(`variable ${e.variable.name} is read before it is assigned`);
        return variables.get(e.variable);
      case "unary":
        return !evaluate(e.operand);
      case "binary":
        return binary(e);
      case "conditional":
        return evaluate(evaluate(e.test) === true ? e.then : e.otherwise);
      case "call":
        return callFunction(e.fn, e.args);
      default:
        throw new Error(`no ${e.kind} in these tests`);
    }
  }

  function binary(e: Extract<Expression, { kind: "binary" }>): unknown {
    const left = evaluate(e.left);
    if (e.operator === "&&") return left === true && evaluate(e.right);
    if (e.operator === "||") return left === true || evaluate(e.right);
    const right = evaluate(e.right);
    if (e.operator === "===") return left === right;
    if (e.operator === "!==") return left !== right;
    if (e.operator === "+") return Number(left) + Number(right);
    if (e.operator === ">=") return Number(left) >= Number(right);
    throw new Error(`no ${e.operator} in these tests`);
  }

  function callFunction(fn: string, args: readonly Expression[]): unknown {
    const [first, ...others] = args;
    const task = first?.kind === "literal" ? String(first.value) : "";
    if (fn === "see") {
      const seen = others.map((arg) => (arg.kind === "variable" ? variables.get(arg.variable) : evaluate(arg)));
      trace.seen.set(task, seen);
      return null;
    }
    const values = others.map(evaluate);
    if (fn === "holds") return world.holds.get(task)?.[Number(values[0])] === true;
    if (fn === "isError") return values[0] === task;
    throw new Error(`no function ${fn}`);
  }

  function* run(region: Region): Generator<Wait, void> {
    if (region.kind !== "sequence") throw new Error(`a ${region.kind} is left`);
    for (const step of region.steps) yield* runStep(step);
  }

  function* runStep(step: Step): Generator<Wait, void> {
    switch (step.kind) {
      case "visit":
        return begin(step.step);
      case "call":
        begin(step.step);
        yield { until: now + (world.duration.get(step.step) ?? 0) };
        return fail(step.step);
      case "evaluate":
        evaluate(step.value);
        return;
      case "fail":
        return fail(step.step);
      case "assign":
        variables.set(step.variable, evaluate(step.value));
        return;
      case "skip":
        trace.skipped.push(...step.steps);
        return;
      case "decide": {
        const chosen = step.cases.find((each) => evaluate(each.when) === true)?.then ?? step.otherwise;
        if (chosen !== null) yield* run(chosen);
        return;
      }
      case "block":
        try {
          yield* run(step.body);
        } catch (thrown) {
          if (!(thrown instanceof Break) || thrown.label !== step.label) throw thrown;
        }
        return;
      case "break":
        throw new Break(step.label);
      case "try":
        return yield* attempt(step);
      case "fork":
        return yield* fork(step.branches);
      default:
        throw new Error(`no ${step.kind} in these tests`);
    }
  }

  function begin(step: string): void {
    if (trace.started.has(step)) throw new Error(`${step} runs twice`);
    trace.started.set(step, now);
  }

  function fail(step: string): void {
    const name = world.failure.get(step);
    if (name !== undefined) throw new Failure(name, step);
  }

  function* attempt(step: Extract<Step, { kind: "try" }>): Generator<Wait, void> {
    let caught: Failure;
    try {
      return yield* run(step.body);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      caught = thrown;
    }
    for (const { failure, when, body } of step.handlers) {
      variables.set(failure, caught.name);
      if (when === null || evaluate(when) === true) return yield* run(body);
    }
    throw caught;
  }

  function* fork(branches: readonly Branch[]): Generator<Wait, void> {
    const children = new Map<string, Process>();
    const taken = new Map<Expression, boolean>();
    for (const branch of branches) {
      if (children.has(branch.name)) throw new Error(`two branches are called ${branch.name}`);
      children.set(branch.name, spawn(branchBody(branch, branches, children, taken)));
    }
    const own = processes.find((process) => process.state === "running" && process.body === current);
    own?.children.push(...children.values());
    const all = [...children.values()];
    yield {
      when: () => all.some((child) => child.state === "failed") || all.every((child) => child.state === "ended"),
    };
    const failed = all.find((child) => child.state === "failed");
    if (failed === undefined) return;
    for (const child of all) cancel(child);
    throw failed.failure;
  }

  function* branchBody(
    branch: Branch,
    branches: readonly Branch[],
    children: ReadonlyMap<string, Process>,
    taken: Map<Expression, boolean>,
  ): Generator<Wait, void> {
    const { after } = branch;
    const hasEnded = (name: string): boolean => {
      const child = children.get(name);
      if (child === undefined) throw new Error(`there is no branch ${name}`);
      return child.state === "ended";
    };
    if (after.kind === "all") yield { when: () => after.branches.every(hasEnded) };
    else {
      const isTaken = (each: { name: string; taken: Expression }) =>
        hasEnded(each.name) && taken.get(each.taken) === true;
      yield {
        when: () =>
          after.branches.filter(isTaken).length >= after.count || after.branches.every((b) => hasEnded(b.name)),
      };
    }
    yield* run(branch.body);
    for (const other of branches) {
      if (other.after.kind === "all") continue;
      for (const each of other.after.branches)
        if (each.name === branch.name) taken.set(each.taken, evaluate(each.taken) === true);
    }
  }

  function cancel(process: Process): void {
    if (process.state === "running") process.state = "cancelled";
    for (const child of process.children) cancel(child);
  }

  let current: Generator<Wait, void> | null = null;

  function resume(process: Process): void {
    current = process.body;
    try {
      const result = process.body.next();
      if (result.done === true) process.state = "ended";
      else process.wait = result.value;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      process.state = "failed";
      process.failure = thrown;
    }
  }

  const main = spawn(run(program));
  for (;;) {
    const running = processes.filter((process) => process.state === "running");
    const ready = running.filter(({ wait }) => ("until" in wait ? wait.until <= now : wait.when()));
    const next = ready[choose(ready.length)];
    if (next !== undefined) resume(next);
    else {
      const times = running.flatMap(({ wait }) => ("until" in wait ? [wait.until] : []));
      if (times.length === 0) break;
      now = Math.min(...times);
    }
    if (main.state !== "running") break;
  }
  if (main.state === "running") throw new Error("the program waits for ever");
  trace.end = { time: now, failed: main.failure instanceof Failure ? main.failure.step : null };
  return trace;
}
