import type { Findings, Fix } from "../../diagnostics/diagnostic.ts";
import type { Variable } from "../../ir/expression.ts";
import type { Region, Task } from "../../ir/program.ts";
import { regionsIn } from "../../ir/regions.ts";
import { variablesRead } from "../../ir/unread.ts";
import { definitionOf, removals } from "../../source/removals.ts";

/** Nodes that only compute a value which nobody reads. What others wait for may stand there to mark a point. */
export function checkUnusedResults(body: Region, findings: Findings): void {
  const regions = regionsIn(body);
  const tasks = regions.flatMap((region) => (region.kind === "flow" ? region.tasks : []));
  const last = new Set(tasks);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (const { incoming } of tasks) {
    for (const { from } of incoming) {
      const source = byId.get(from);
      if (source !== undefined) last.delete(source);
    }
  }
  const read = variablesRead(body);
  for (const task of last) {
    const computed = computedBy(task);
    if (computed === null || read.has(computed)) continue;
    findings.report("WF_CHECK_011", task.origin, { node: task.origin.node || task.id }, { fixes: removeTask(task) });
  }
}

/** The variable of a task that does nothing else than storing a value in it. */
function computedBy({ steps, choice }: Task): Variable | null {
  const [visit, assign, ...more] = steps;
  if (choice.kind !== "all" || visit?.kind !== "visit" || assign?.kind !== "assign" || more.length > 0) return null;
  return assign.variable;
}

function removeTask(task: Task): readonly Fix[] {
  const path = definitionOf(task.origin.pointer);
  if (path === null) return [];
  const links = task.incoming.map(({ origin }) => origin.pointer);
  return [{ title: `Remove \`${task.origin.node || task.id}\``, patch: removals([path, ...links]) }];
}
