import type { Expression, Variable } from "./expression.ts";
import type { Block, Choice, Region, Step, Terminator } from "./program.ts";
import { mapRegions, regionsIn, stepsOf } from "./regions.ts";
import { choicesOf, expressionsOf, visitExpression } from "./visit.ts";

/**
 * The region without what is stored and never read: results that nobody wants, values for ports that nobody asks for.
 * A value that can fail is still evaluated.
 */
export function withoutUnread(region: Region): Region {
  for (let current = region; ; ) {
    const dropper: Dropper = { read: variablesNeeded(current), dropped: false };
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
  const holdsResult =
    step.kind === "call" || step.kind === "receive" || step.kind === "race" || step.kind === "forEach";
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

/** What some expression of the region reads, other than to make the next value of the same variable. */
export function variablesRead(region: Region): ReadonlySet<Variable> {
  const { read, made } = readingsOf(region);
  for (const sources of made.values()) for (const source of sources) read.add(source);
  return read;
}

/** What is read, other than to make values that nobody reads. */
function variablesNeeded(region: Region): ReadonlySet<Variable> {
  const { read, made } = readingsOf(region);
  // A set that grows while it is gone through: what is added is gone through, too.
  for (const variable of read) for (const source of made.get(variable) ?? []) read.add(source);
  return read;
}

interface Readings {
  /** Read for what is done with it. */
  readonly read: Set<Variable>;
  /** Of variables, those that their values are made of, which go where they do. */
  readonly made: ReadonlyMap<Variable, ReadonlySet<Variable>>;
}

function readingsOf(region: Region): Readings {
  const read = new Set<Variable>();
  const made = new Map<Variable, Set<Variable>>();
  for (const one of regionsIn(region)) {
    for (const expression of choicesOf(one)) noteVariables(expression, null, read);
    for (const step of stepsOf(one)) {
      if (step.kind === "assign" && step.variable.role === "local" && !canFail(step.value)) {
        const sources = made.get(step.variable) ?? new Set();
        made.set(step.variable, sources);
        noteVariables(step.value, step.variable, sources);
        continue;
      }
      // That a variable's next value is made of its last one does not mean that anybody wants it, unless making it may fail.
      const own = step.kind === "assign" && !canFail(step.value) ? step.variable : null;
      for (const expression of expressionsOf(step)) noteVariables(expression, own, read);
      if (step.kind === "rethrow") read.add(step.failure);
    }
  }
  return { read, made };
}

function noteVariables(expression: Expression, own: Variable | null, into: Set<Variable>): void {
  visitExpression(expression, (part) => {
    if (part.kind === "variable" && part.variable !== own) into.add(part.variable);
  });
}
