import type { Findings } from "../../diagnostics/diagnostic.ts";
import { originOfKey } from "../../source/tree.ts";
import type { Graph, Node } from "./nodes.ts";

/**
 * Retries of nodes whose component says that it is not idempotent. Where `on` names the errors, the author has chosen
 * those after which trying again is safe.
 */
export function checkRepeated(graph: Graph, findings: Findings): void {
  for (const node of graph.nodes.values()) {
    const harmful = repeatsAll(node) ? firstHarmful(node) : null;
    const retry = node.object.byKey.get("retry");
    if (harmful !== null && retry !== undefined) {
      const where = harmful === node ? "" : `, and with it \`${harmful.id}\``;
      const params = { node: node.id, component: harmful.component?.type ?? "", where };
      const fix = {
        title: `Remove \`retry\` of \`${node.id}\``,
        patch: [{ op: "remove" as const, path: retry.value.pointer }],
      };
      findings.report("WF_CHECK_010", originOfKey(retry, node.id), params, { fixes: [fix] });
    } else if (node.body !== null) checkRepeated(node.body, findings);
  }
}

function repeatsAll({ object, retry }: Node): boolean {
  const tree = object.byKey.get("retry")?.value;
  return retry.length > 0 && tree?.kind === "object" && !tree.byKey.has("on");
}

/** The node itself, or one inside it, that must not run twice. */
function firstHarmful(node: Node): Node | null {
  const open = [node];
  for (const one of open) {
    if (one.component?.idempotent === false) return one;
    if (one.body !== null) open.push(...one.body.nodes.values());
  }
  return null;
}
