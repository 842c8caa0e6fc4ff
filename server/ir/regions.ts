import type { Program, Region, Step } from "./program.ts";

/** The step with each region in it replaced by what `change` makes of it; the same step where it holds none. */
export function mapRegions(step: Step, change: (region: Region) => Region): Step {
  const maybe = (region: Region | null): Region | null => (region === null ? null : change(region));
  switch (step.kind) {
    case "decide": {
      const cases = step.cases.map((one) => ({ ...one, then: change(one.then) }));
      return { ...step, cases, otherwise: maybe(step.otherwise) };
    }
    case "fork":
      return { ...step, branches: step.branches.map((branch) => ({ ...branch, body: change(branch.body) })) };
    case "forEach":
    case "loop":
    case "block":
    case "scope":
    case "lock":
    case "cancellable":
      return { ...step, body: change(step.body) };
    case "try": {
      const body = change(step.body);
      const handlers = step.handlers.map((handler) => ({ ...handler, body: change(handler.body) }));
      return { ...step, body, handlers, finally: maybe(step.finally) };
    }
    case "call":
    case "assign":
    case "evaluate":
    case "visit":
    case "skip":
    case "break":
    case "continue":
    case "wait":
    case "receive":
    case "race":
    case "control":
    case "terminate":
    case "finish":
    case "fail":
    case "rethrow":
      return step;
    default:
      return step satisfies never;
  }
}

/** The regions that stand directly in a step. */
export function regionsOf(step: Step): Region[] {
  const regions: Region[] = [];
  mapRegions(step, (region) => {
    regions.push(region);
    return region;
  });
  return regions;
}

/** All steps that stand directly in a region. */
export function stepsOf(region: Region): readonly Step[] {
  switch (region.kind) {
    case "sequence":
      return region.steps;
    case "jumps":
      return [...region.blocks.values()].flatMap(({ steps, end }) =>
        end.kind === "attempt" ? [...steps, ...end.steps, ...end.handlers.flatMap((one) => one.steps)] : steps,
      );
    case "flow":
      return [
        ...(region.before ?? []),
        ...region.tasks.flatMap((task) => [...task.steps, ...task.incoming.flatMap((link) => link.steps)]),
        ...region.tasks.flatMap(({ choice }) =>
          choice.kind === "failure" ? choice.handlers.flatMap((one) => one.steps) : [],
        ),
        ...region.after,
      ];
    default:
      return region satisfies never;
  }
}

/** Every region of a program, each before those inside it. */
export function allRegions(program: Program): readonly Region[] {
  return regionsIn(program.body);
}

/** A region and every region inside it, each before those inside it. */
export function regionsIn(body: Region): readonly Region[] {
  const regions: Region[] = [body];
  for (const region of regions) for (const step of stepsOf(region)) regions.push(...regionsOf(step));
  return regions;
}
