import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Task } from "../ir/program.ts";
import { definitionOf, removals } from "../source/removals.ts";
import { type FlowFacts, nameOf } from "./facts.ts";

/** More than this is no mend but a rewrite. */
const maxRemoved = 50;

/** Takes tasks out, with every link that touches them; null where that is too much, or where their places are not known. */
export function removeTasks(tasks: readonly Task[], { next }: FlowFacts): Fix | null {
  if (tasks.length > maxRemoved) return null;
  const nodes = tasks.map(({ origin }) => definitionOf(origin.pointer));
  const links = tasks.flatMap((task) => [
    ...task.incoming.map(({ origin }) => origin.pointer),
    ...next(task.id).flatMap((follower) =>
      follower.incoming.filter(({ from }) => from === task.id).map(({ origin }) => origin.pointer),
    ),
  ]);
  // Links that no connection stands for go with their nodes.
  const paths = [...nodes, ...links.filter((pointer) => /\/connections\/\d+$/.test(pointer))];
  if (paths.length === 0 || paths.length > maxRemoved || paths.includes(null)) return null;
  const names = [...new Set(tasks.map(nameOf))].map((name) => `\`${name}\``);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  return { title: `Remove ${shown}`, patch: removals(paths.filter((path) => path !== null)) };
}
