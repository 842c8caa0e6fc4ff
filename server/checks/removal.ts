import type { Fix, Origin, PatchOperation } from "../diagnostics/diagnostic.ts";
import type { Flow, Task } from "../ir/program.ts";

/** More than this is no mend but a rewrite. */
const maxRemoved = 50;

/** Where a task is defined as a whole: its origin is the id in it. Null where it has no such place. */
export function definitionOf({ pointer }: Origin): string | null {
  const end = "/id";
  return pointer.endsWith(end) ? pointer.slice(0, -end.length) : null;
}

/** Takes tasks out, with every link that touches them; null where that is too much, or where their places are not known. */
export function removeTasks(flow: Flow, tasks: readonly Task[]): Fix | null {
  const gone = new Set(tasks.map(({ id }) => id));
  const nodes = tasks.map(({ origin }) => definitionOf(origin));
  const links = flow.tasks.flatMap((task) =>
    task.incoming.filter(({ from }) => gone.has(task.id) || gone.has(from)).map(({ origin }) => origin.pointer),
  );
  const paths = [...nodes, ...links];
  if (paths.length === 0 || paths.length > maxRemoved || paths.includes(null)) return null;
  const names = tasks.map(({ id }) => `\`${id}\``);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  return { title: `Remove ${shown}`, patch: removals(paths.filter((path) => path !== null)) };
}

/** Items of a list are taken out from its end, so that those before them keep their places. */
export function removals(paths: readonly string[]): readonly PatchOperation[] {
  return [...new Set(paths)].toSorted(lastFirst).map((path) => ({ op: "remove", path }));
}

function lastFirst(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  const at = left.findIndex((token, index) => token !== right[index]);
  const [one, other] = [left[at] ?? "", right[at] ?? ""];
  return Number(other) - Number(one) || (one < other ? -1 : 1);
}
