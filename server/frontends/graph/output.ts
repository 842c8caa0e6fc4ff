import { hasExpression } from "../../expressions/template.ts";
import type { Tree } from "../../source/tree.ts";

/** Keywords that make an object a schema whatever their value is; `type` and `format` are everyday words too. */
const keywords: readonly string[] = [
  "$ref",
  "properties",
  "enum",
  "const",
  "oneOf",
  "anyOf",
  "allOf",
  "items",
  "prefixItems",
  "additionalProperties",
];
const typeNames: readonly string[] = ["object", "array", "string", "number", "integer", "boolean", "null"];

/** Whether `spec.output` describes what the workflow returns, rather than being it. */
export function looksLikeSchema(tree: Tree): boolean {
  if (tree.kind !== "object" || holdsExpression(tree)) return false;
  return keywords.some((keyword) => tree.byKey.has(keyword)) || isTypeKeyword(tree.byKey.get("type")?.value);
}

function isTypeKeyword(tree: Tree | undefined): boolean {
  if (tree?.kind === "string") return typeNames.includes(tree.value);
  return (
    tree?.kind === "array" &&
    tree.items.length > 0 &&
    tree.items.every((item) => item.kind === "string" && typeNames.includes(item.value))
  );
}

function holdsExpression(tree: Tree): boolean {
  switch (tree.kind) {
    case "string":
      return hasExpression(tree.value);
    case "array":
      return tree.items.some(holdsExpression);
    case "object":
      return tree.members.some((member) => holdsExpression(member.value));
    default:
      return false;
  }
}
