import { type Document, get } from "./tree.ts";

export type RecognisedFormat = "graph" | "amazon-states" | "open-workflow" | "n8n";

/** What format a document is in, by the fields that no other format has; null where none fits. */
export function recogniseFormat(document: Document): RecognisedFormat | null {
  const { root } = document;
  const apiVersion = get(root, "apiVersion");
  if (apiVersion?.kind === "string" && apiVersion.value.startsWith("workflow.compiler/")) return "graph";
  const kind = get(root, "kind");
  if (kind?.kind === "string" && kind.value === "Workflow" && get(root, "spec")) return "graph";
  if (get(root, "StartAt") || get(root, "States")) return "amazon-states";
  if (get(root, "Resources")?.kind === "object") return "amazon-states";
  const header = get(root, "document");
  if (header && get(header, "dsl")) return "open-workflow";
  if (get(root, "nodes")?.kind === "array" && get(root, "connections")?.kind === "object") return "n8n";
  return null;
}
