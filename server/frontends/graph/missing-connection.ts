import type { Fix, PatchOperation } from "../../diagnostics/diagnostic.ts";
import { definitionOf } from "../../source/removals.ts";
import type { Node } from "./nodes.ts";
import type { Order } from "./order.ts";

/**
 * A connection that makes `user` wait for a result that it names, where nothing connects the two yet. Whether and when
 * `user` runs must stay as it is, but for where there is no result.
 */
export function connectFix(used: Node, port: string | null, user: Node, order: Order): readonly Fix[] {
  const incoming = order.incoming.get(user) ?? [];
  const isPlain = user.join.kind === "all" || (user.join.kind === "any" && incoming.length < 2);
  const definition = definitionOf(user.origin.pointer);
  if (!isPlain || definition === null || takesData(user) || leadsTo(user, used, order) || leadsTo(used, user, order))
    return [];
  const nodes = definition.slice(0, definition.lastIndexOf("/"));
  const connections = `${nodes.slice(0, nodes.lastIndexOf("/"))}/connections`;
  const isOutcome = port !== null && (used.component?.exclusive === true || used.failures.includes(port));
  const connection = { from: isOutcome ? `${used.id}.${port}` : used.id, to: user.id };
  const add: PatchOperation =
    order.incoming.size > 0
      ? { op: "add", path: `${connections}/-`, value: connection }
      : { op: "add", path: connections, value: [connection] };
  const join: readonly PatchOperation[] =
    user.join.kind === "any" && incoming.length === 1 ? [{ op: "add", path: `${definition}/join`, value: "all" }] : [];
  return [{ title: `Connect \`${connection.from}\` to \`${user.id}\``, patch: [add, ...join] }];
}

/** A connection that names no port would bring data to the default one. */
function takesData(user: Node): boolean {
  return user.component === null || (user.component.inputs.has("in") && !user.given.has("in"));
}

function leadsTo(from: Node, to: Node, order: Order): boolean {
  const found = new Set([from]);
  for (const node of found) for (const next of order.outgoing.get(node) ?? []) found.add(next.to);
  return found.has(to);
}
