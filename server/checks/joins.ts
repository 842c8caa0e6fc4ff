import type { Findings } from "../diagnostics/diagnostic.ts";
import { type GuardLink, type Guards, guardsOf, neededLinks } from "../ir/guards.ts";
import type { Choice, Flow, Program, Task } from "../ir/program.ts";
import { allRegions } from "../ir/regions.ts";

/** Tasks whose join cannot hold, and tasks that nothing which runs leads to. */
export function checkJoins(program: Program, findings: Findings): void {
  for (const region of allRegions(program)) if (region.kind === "flow") checkFlow(region, findings);
}

/** No task has this id: a link from it is never taken. */
const nowhere = "";

function checkFlow(flow: Flow, findings: Findings): void {
  const never = new Map(flow.tasks.map((task) => [task.id, neverTaken(task)]));
  const links = (task: Task): readonly GuardLink[] =>
    task.incoming.map(({ from, outcome }) => ({
      from: never.get(from)?.(outcome) === false ? from : nowhere,
      outcome,
    }));
  const guards = guardsOf(
    flow.tasks.map((task) => ({
      id: task.id,
      outcomes: outcomesOf(task.choice),
      incoming: links(task),
      join: task.join,
    })),
  );
  for (const task of flow.tasks) {
    if (!guards.isNever(guards.of(task.id))) continue;
    const follows = links(task).some(({ from }) => from !== nowhere && guards.isNever(guards.of(from)));
    if (!follows) report(task, links(task), guards, findings);
  }
}

function report(task: Task, links: readonly GuardLink[], guards: Guards, findings: Findings): void {
  const { id: node, origin, join } = task;
  const possible = links.filter((link) => !guards.isNever(guards.taken(link))).length;
  const needed = neededLinks(join, links.length);
  if (possible === 0) {
    findings.report("WF_VALIDATION_009", origin, { node, why: "no connection that leads to it is ever taken" });
  } else if (needed > links.length) {
    findings.report("WF_VALIDATION_010", origin, {
      node,
      why: `it waits for ${needed} connections and has ${links.length}`,
    });
  } else {
    const why =
      possible < needed
        ? "some of the connections that it waits for are never taken"
        : "the connections that it waits for exclude each other";
    findings.report("WF_VALIDATION_010", origin, { node, why });
  }
}

function outcomesOf(choice: Choice): readonly string[] {
  switch (choice.kind) {
    case "all":
      return [];
    case "cases":
      return [...new Set([...choice.cases.map(({ outcome }) => outcome), choice.otherwise])];
    case "failure":
      return [...new Set([choice.ok, ...choice.handlers.map(({ outcome }) => outcome)])];
    default:
      return choice satisfies never;
  }
}

/** Whether links of an outcome are never taken: after a step that always fails, or where a condition is a constant. */
function neverTaken({ steps, choice }: Task): (outcome: string | null) => boolean {
  if (steps.at(-1)?.kind === "fail") return (outcome) => choice.kind !== "failure" || outcome === choice.ok;
  if (choice.kind !== "cases") return () => false;
  const possible = new Set<string>();
  for (const { when, outcome } of choice.cases) {
    if (when.kind === "literal" && when.value === false) continue;
    possible.add(outcome);
    if (when.kind === "literal" && when.value === true) return (wanted) => wanted !== null && !possible.has(wanted);
  }
  possible.add(choice.otherwise);
  return (wanted) => wanted !== null && !possible.has(wanted);
}
