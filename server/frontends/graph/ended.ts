import type { Node } from "./nodes.ts";
import type { Order } from "./order.ts";

/** Which nodes have ended, or been skipped, when another starts. */
export interface Ended {
  isEnded(used: Node, user: Node): boolean;
  isEndedKey(key: string, user: Node): boolean;
}

/** For each node the set of nodes that have ended or been skipped when it starts, a bit each. */
export function endedOf(order: Order): Ended {
  const indexes = new Map(order.nodes.map((node, index) => [node.key, index]));
  const words = (order.nodes.length + 31) >> 5;
  const sets = new Map<Node, Uint32Array>();
  for (const node of order.nodes) {
    const incoming = order.incoming.get(node) ?? [];
    const isEarly =
      (node.join.kind === "first" || (node.join.kind === "count" && node.join.count < incoming.length)) &&
      incoming.length > 1;
    const set = new Uint32Array(words);
    for (const [place, { from }] of incoming.entries()) {
      const before = (sets.get(from) ?? new Uint32Array(words)).slice();
      const index = indexes.get(from.key) ?? 0;
      before[index >> 5] = (before[index >> 5] ?? 0) | (1 << (index & 31));
      for (let word = 0; word < words; word++) {
        const [own, other] = [set[word] ?? 0, before[word] ?? 0];
        set[word] = isEarly && place > 0 ? own & other : own | other;
      }
    }
    sets.set(node, set);
  }
  const isEndedKey = (key: string, user: Node): boolean => {
    const index = indexes.get(key);
    return index !== undefined && (((sets.get(user)?.[index >> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  };
  return { isEnded: (used, user) => isEndedKey(used.key, user), isEndedKey };
}
