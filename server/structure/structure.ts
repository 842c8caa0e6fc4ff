import type { Block, Choice, Flow, Jumps, Program, Region, Sequence, Step, Terminator } from "../ir/program.ts";
import { mapRegions, regionsOf, stepsOf } from "../ir/regions.ts";
import { structureFlow } from "./flow.ts";
import { structureJumps } from "./jumps.ts";
import { tidy } from "./tidy.ts";

/** The program with nothing but sequences for regions, made to read well. */
export function structure(program: Program): Program {
  const fresh = createLabels(program.body);
  return { ...program, body: tidy(createStructurer(fresh)(program.body), fresh) };
}

/** Inner regions come first, so that what is around them sees sequences only. */
function createStructurer(fresh: (label: string) => string): (region: Region) => Sequence {
  const region = (given: Region): Sequence => {
    switch (given.kind) {
      case "sequence":
        return { kind: "sequence", steps: steps(given.steps) };
      case "jumps":
        return structureJumps(mapJumps(given, steps), fresh);
      case "flow":
        return structureFlow(mapFlow(given, steps));
      default:
        return given satisfies never;
    }
  };
  const steps = (list: readonly Step[]): readonly Step[] => list.map((step) => mapRegions(step, region));
  return region;
}

type MapSteps = (steps: readonly Step[]) => readonly Step[];

function mapJumps(jumps: Jumps, steps: MapSteps): Jumps {
  const blocks = new Map<string, Block>();
  for (const [label, block] of jumps.blocks) {
    blocks.set(label, { ...block, steps: steps(block.steps), end: mapTerminator(block.end, steps) });
  }
  return { ...jumps, blocks };
}

function mapTerminator(end: Terminator, steps: MapSteps): Terminator {
  if (end.kind !== "attempt") return end;
  const handlers = end.handlers.map((handler) => ({ ...handler, steps: steps(handler.steps) }));
  return { ...end, steps: steps(end.steps), handlers };
}

function mapFlow(flow: Flow, steps: MapSteps): Flow {
  const tasks = flow.tasks.map((task) => ({
    ...task,
    steps: steps(task.steps),
    choice: mapChoice(task.choice, steps),
    incoming: task.incoming.map((link) => ({ ...link, steps: steps(link.steps) })),
  }));
  return { ...flow, ...(flow.before && { before: steps(flow.before) }), tasks, after: steps(flow.after) };
}

function mapChoice(choice: Choice, steps: MapSteps): Choice {
  if (choice.kind !== "failure") return choice;
  return { ...choice, handlers: choice.handlers.map((handler) => ({ ...handler, steps: steps(handler.steps) })) };
}

/** Makes labels that occur nowhere else in the program: the wanted one, or that with a number behind it. */
function createLabels(body: Region): (wanted: string) => string {
  const used = new Set<string>();
  const next = new Map<string, number>();
  collectLabels(body, used);
  return (wanted) => {
    let label = wanted;
    for (let count = next.get(wanted) ?? 1; used.has(label); count += 1) {
      label = `${wanted} ${count + 1}`;
      next.set(wanted, count + 1);
    }
    used.add(label);
    return label;
  };
}

function collectLabels(region: Region, used: Set<string>): void {
  for (const step of stepsOf(region)) {
    if (step.kind === "loop" || step.kind === "block") used.add(step.label);
    for (const inner of regionsOf(step)) collectLabels(inner, used);
  }
}
