import type { Findings } from "../diagnostics/diagnostic.ts";
import { guardsOf, type GuardTask, neededLinks } from "../ir/guards.ts";
import type { Choice, Flow, Region, Task } from "../ir/program.ts";

/**
 * WF_VALIDATION_010: joins that cannot hold under any outcome of the decisions before them, such as `all` over two branches
 * of which only one is taken. WF_VALIDATION_009: tasks behind a task that can never run.
 */
export function checkJoins(region: Region, findings: Findings): void {
  if (region.kind === "flow") checkFlow(region, findings);
}

function checkFlow(flow: Flow, findings: Findings): void {
  const guards = guardsOf(flow.tasks.map(guardTask));
  for (const task of flow.tasks) {
    if (!guards.isNever(guards.of(task.id))) continue;
    const live = task.incoming.filter((link) => !guards.isNever(guards.taken(link)));
    const needed = neededLinks(task.join, task.incoming.length);
    const first = live[0];
    if (first === undefined) {
      const sources = [...new Set(task.incoming.map((link) => `\`${link.from}\``))].join(", ");
      findings.report("WF_VALIDATION_009", task.origin, { node: task.id, why: `it only follows ${sources}, which cannot lead here` });
    } else if (live.length < task.incoming.length || needed > live.length) {
      const why = `it needs ${needed} of its ${task.incoming.length} connections, and only ${live.length} can ever be taken`;
      findings.report("WF_VALIDATION_010", task.origin, { node: task.id, why });
    } else {
      const why = `it needs ${needed} of its ${task.incoming.length} connections, and they exclude each other`;
      findings.report("WF_VALIDATION_010", task.origin, { node: task.id, why });
    }
  }
}

function guardTask({ id, choice, incoming, join }: Task): GuardTask {
  return { id, outcomes: outcomesOf(choice), incoming, join };
}

function outcomesOf(choice: Choice): readonly string[] {
  switch (choice.kind) {
    case "all":
      return [];
    case "cases":
      return [...choice.cases.map((one) => one.outcome), choice.otherwise];
    case "failure":
      return [choice.ok, ...choice.handlers.map((handler) => handler.outcome)];
    default:
      return choice satisfies never;
  }
}
