import type { Expression, Variable } from "../../ir/expression.ts";
import type { Block, Region, Step, Terminator } from "../../ir/program.ts";
import { visitExpression } from "../../ir/visit.ts";

/**
 * Leaves out what is stored and never read: the data of a machine that does not look at them, the results of branches
 * that nobody wants. A value that can fail is still evaluated.
 */
export function withoutUnread(region: Region): Region {
  for (let current = region; ; ) {
    const read = new Set<Variable>();
    readRegion(current, read);
    const dropper: Dropper = { read, dropped: false };
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
  if (region.kind === "sequence") return { ...region, steps: dropInSteps(region.steps, dropper) };
  if (region.kind === "flow") return region;
  const blocks = new Map<string, Block>();
  for (const [label, block] of region.blocks) {
    blocks.set(label, { ...block, steps: dropInSteps(block.steps, dropper), end: dropInEnd(block.end, dropper) });
  }
  return { ...region, blocks };
}

function dropInEnd(end: Terminator, dropper: Dropper): Terminator {
  if (end.kind !== "attempt") return end;
  const handlers = end.handlers.map((handler) => ({ ...handler, steps: dropInSteps(handler.steps, dropper) }));
  return { ...end, steps: dropInSteps(end.steps, dropper), handlers };
}

function dropInSteps(steps: readonly Step[], dropper: Dropper): readonly Step[] {
  return steps.flatMap((step) => dropInStep(step, dropper));
}

function dropInStep(step: Step, dropper: Dropper): readonly Step[] {
  switch (step.kind) {
    case "assign":
      if (!isUnread(step.variable, dropper)) return [step];
      return canFail(step.value) ? [{ kind: "evaluate", value: step.value, origin: step.origin }] : [];
    case "call":
      return [isUnread(step.result, dropper) ? { ...step, result: null } : step];
    case "forEach": {
      const result = isUnread(step.result, dropper) ? null : step.result;
      return [{ ...step, result, body: dropInRegion(step.body, dropper) }];
    }
    case "scope":
      return [{ ...step, body: dropInRegion(step.body, dropper) }];
    case "fork":
      return [
        { ...step, branches: step.branches.map((branch) => ({ ...branch, body: dropInRegion(branch.body, dropper) })) },
      ];
    default:
      return [step];
  }
}

function canFail(value: Expression): boolean {
  let found = false;
  visitExpression(value, (part) => {
    found ||= part.kind === "call";
  });
  return found;
}

function readRegion(region: Region, read: Set<Variable>): void {
  if (region.kind === "sequence") readSteps(region.steps, read);
  if (region.kind !== "jumps") return;
  for (const { steps, end } of region.blocks.values()) {
    readSteps(steps, read);
    if (end.kind === "branch") for (const { when } of end.cases) readExpression(when, read);
    if (end.kind !== "attempt") continue;
    readSteps(end.steps, read);
    for (const { when, steps: handling } of end.handlers) {
      readExpression(when, read);
      readSteps(handling, read);
    }
  }
}

function readSteps(steps: readonly Step[], read: Set<Variable>): void {
  for (const step of steps) {
    for (const expression of expressionsOf(step)) readExpression(expression, read);
    for (const region of regionsOf(step)) readRegion(region, read);
  }
}

function expressionsOf(step: Step): readonly (Expression | null)[] {
  switch (step.kind) {
    case "assign":
    case "evaluate":
    case "finish":
      return [step.value];
    case "call":
      return [step.input, step.timeoutMs, step.heartbeatMs ?? null, ...step.retry.map(({ when }) => when)];
    case "fail":
      return [step.error, step.cause];
    case "wait":
      return [step.until.kind === "duration" ? step.until.ms : step.until.timestamp];
    case "scope":
      return [step.timeoutMs, ...step.retry.map(({ when }) => when)];
    case "forEach":
      return [step.items, step.concurrency];
    default:
      return [];
  }
}

function regionsOf(step: Step): readonly Region[] {
  if (step.kind === "fork") return step.branches.map(({ body }) => body);
  return step.kind === "scope" || step.kind === "forEach" ? [step.body] : [];
}

function readExpression(expression: Expression | null, read: Set<Variable>): void {
  if (expression === null) return;
  visitExpression(expression, (part) => {
    if (part.kind === "variable") read.add(part.variable);
  });
}
