import type { Expression, Variable } from "./expression.ts";
import type { Block, Choice, Region, Step, Terminator } from "./program.ts";
import { mapRegions, regionsOf, stepsOf } from "./regions.ts";

/**
 * The region without what is stored and never read: results that nobody wants, values for ports that nobody asks for.
 * A value that can fail is still evaluated.
 */
export function withoutUnread(region: Region): Region {
  for (let current = region; ; ) {
    const dropper: Dropper = { read: variablesRead(current), dropped: false };
    const next = dropInRegion(current, dropper);
    if (!dropper.dropped) return current;
    current = next;
  }
}

interface Dropper {
  readonly read: ReadonlySet<Variable>;
  dropped: boolean;
}

function isUnread(variable: Variable | null, dropper: Dropper): boolean {
  if (variable === null || variable.role !== "local" || dropper.read.has(variable)) return false;
  dropper.dropped = true;
  return true;
}

function dropInRegion(region: Region, dropper: Dropper): Region {
  const steps = (list: readonly Step[]): readonly Step[] => list.flatMap((step) => dropInStep(step, dropper));
  switch (region.kind) {
    case "sequence":
      return { ...region, steps: steps(region.steps) };
    case "jumps": {
      const blocks = [...region.blocks].map(([label, block]): [string, Block] => {
        return [label, { ...block, steps: steps(block.steps), end: dropInEnd(block.end, steps) }];
      });
      return { ...region, blocks: new Map(blocks) };
    }
    case "flow": {
      const tasks = region.tasks.map((task) => ({
        ...task,
        steps: steps(task.steps),
        choice: dropInChoice(task.choice, steps),
        incoming: task.incoming.map((link) => ({ ...link, steps: steps(link.steps) })),
      }));
      return { ...region, ...(region.before && { before: steps(region.before) }), tasks, after: steps(region.after) };
    }
    default:
      return region satisfies never;
  }
}

type MapSteps = (steps: readonly Step[]) => readonly Step[];

function dropInEnd(end: Terminator, steps: MapSteps): Terminator {
  if (end.kind !== "attempt") return end;
  return {
    ...end,
    steps: steps(end.steps),
    handlers: end.handlers.map((handler) => ({ ...handler, steps: steps(handler.steps) })),
  };
}

function dropInChoice(choice: Choice, steps: MapSteps): Choice {
  if (choice.kind !== "failure") return choice;
  return { ...choice, handlers: choice.handlers.map((handler) => ({ ...handler, steps: steps(handler.steps) })) };
}

function dropInStep(step: Step, dropper: Dropper): readonly Step[] {
  if (step.kind === "assign") {
    if (!isUnread(step.variable, dropper)) return [step];
    return canFail(step.value) ? [{ kind: "evaluate", value: step.value, origin: step.origin }] : [];
  }
  const holdsResult = step.kind === "call" || step.kind === "receive" || step.kind === "forEach";
  const kept = holdsResult && isUnread(step.result, dropper) ? { ...step, result: null } : step;
  const isVoid = kept.kind === "forEach" && kept.result === null;
  return [mapRegions(kept, (region) => dropInRegion(isVoid ? withoutValue(region) : region, dropper))];
}

/** A turn whose value nobody wants ends without one. */
function withoutValue(region: Region): Region {
  const steps = (list: readonly Step[]): readonly Step[] =>
    list.map((step) => (step.kind === "finish" ? { ...step, value: null } : step));
  if (region.kind === "flow") return { ...region, after: steps(region.after) };
  return region.kind === "sequence" ? { ...region, steps: steps(region.steps) } : region;
}

function canFail(value: Expression): boolean {
  let found = false;
  visitExpression(value, (part) => {
    found ||= part.kind === "call";
  });
  return found;
}

function variablesRead(region: Region): ReadonlySet<Variable> {
  const read = new Set<Variable>();
  const regions: Region[] = [region];
  for (const one of regions) {
    for (const expression of choicesOf(one)) visitExpression(expression, (part) => readVariable(part, null, read));
    for (const step of stepsOf(one)) {
      // That a variable's next value is made of its last one does not mean that anybody wants it.
      const own = step.kind === "assign" ? step.variable : null;
      for (const expression of expressionsOf(step))
        visitExpression(expression, (part) => readVariable(part, own, read));
      if (step.kind === "rethrow") read.add(step.failure);
      regions.push(...regionsOf(step));
    }
  }
  return read;
}

function readVariable(part: Expression, own: Variable | null, read: Set<Variable>): void {
  if (part.kind === "variable" && part.variable !== own) read.add(part.variable);
}

/** The conditions by which a region itself decides. */
function choicesOf(region: Region): readonly Expression[] {
  if (region.kind === "sequence") return [];
  if (region.kind === "jumps") {
    return [...region.blocks.values()].flatMap(({ end }) => {
      if (end.kind === "branch") return end.cases.map(({ when }) => when);
      return end.kind === "attempt" ? end.handlers.flatMap(({ when }) => when ?? []) : [];
    });
  }
  return region.tasks.flatMap(({ choice }) => {
    if (choice.kind === "cases") return choice.cases.map(({ when }) => when);
    return choice.kind === "failure" ? choice.handlers.flatMap(({ when }) => when ?? []) : [];
  });
}

function expressionsOf(step: Step): readonly Expression[] {
  const given = (...expressions: readonly (Expression | null | undefined)[]): readonly Expression[] =>
    expressions.filter((expression) => expression != null);
  switch (step.kind) {
    case "assign":
    case "evaluate":
    case "finish":
      return given(step.value);
    case "call":
      return given(step.input, step.timeoutMs, step.heartbeatMs, ...step.retry.map(({ when }) => when));
    case "decide":
      return step.cases.map(({ when }) => when);
    case "fork":
      return step.branches.flatMap(({ after }) =>
        after.kind === "count" ? after.branches.map(({ taken }) => taken) : [],
      );
    case "fail":
      return [step.error, step.cause];
    case "wait":
      return [step.until.kind === "duration" ? step.until.ms : step.until.timestamp];
    case "scope":
      return given(step.timeoutMs, ...step.retry.map(({ when }) => when));
    case "forEach":
      return given(step.items, step.concurrency);
    case "loop":
      return given(step.test);
    case "receive":
      return given(step.timeoutMs);
    case "try":
      return given(...step.handlers.map(({ when }) => when));
    case "block":
    case "break":
    case "continue":
    case "rethrow":
    case "skip":
    case "visit":
      return [];
    default:
      return step satisfies never;
  }
}

/** Without recursion: machine-made expressions can be long chains. */
function visitExpression(expression: Expression, visit: (part: Expression) => void): void {
  const open = [expression];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    visit(part);
    for (const inner of partsOf(part)) open.push(inner);
  }
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "array":
      return expression.items;
    case "object":
      return expression.members.map(({ value }) => value);
    case "member":
      return [expression.of];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.test, expression.then, expression.otherwise];
    case "template":
      return expression.parts.filter((part) => typeof part !== "string");
    case "call":
      return expression.args;
    case "lambda":
      return [expression.body];
    case "literal":
    case "variable":
      return [];
    default:
      return expression satisfies never;
  }
}
