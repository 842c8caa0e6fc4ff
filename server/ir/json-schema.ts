import type { Type, TypeDeclaration } from "./types.ts";

type Schema = boolean | { [keyword: string]: unknown };

/** A type as JSON Schema 2020-12 text, with the types it refers to by name under `$defs`. */
export function schemaTextOf(type: Type): string {
  const declarations = new Map<TypeDeclaration, Schema | null>();
  const root = schemaOf(type, declarations);
  for (const [declaration, schema] of declarations) {
    if (schema === null) declarations.set(declaration, schemaOf(declaration.type, declarations));
  }
  if (declarations.size === 0) return JSON.stringify(root);
  const $defs = Object.fromEntries([...declarations].map(([declaration, schema]) => [declaration.name, schema]));
  return JSON.stringify(typeof root === "boolean" ? root : { ...root, $defs });
}

/** Declarations are put down here as they are met, and filled in by the caller, so that recursive ones end. */
function schemaOf(type: Type, declarations: Map<TypeDeclaration, Schema | null>): Schema {
  const inner = (of: Type): Schema => schemaOf(of, declarations);
  switch (type.kind) {
    case "unknown":
      return {};
    case "never":
      return false;
    case "null":
    case "boolean":
    case "integer":
    case "number":
      return { type: type.kind };
    case "string":
      return type.format === undefined ? { type: "string" } : { type: "string", format: type.format };
    case "literal":
      return { const: type.value };
    case "array":
      return { type: "array", items: inner(type.element) };
    case "tuple":
      return {
        type: "array",
        prefixItems: type.elements.map(inner),
        minItems: type.elements.length,
        items: type.rest === null ? false : inner(type.rest),
      };
    case "object": {
      const members = [...type.members];
      return {
        type: "object",
        properties: Object.fromEntries(members.map(([name, member]) => [name, inner(member.type)])),
        required: members.filter(([, member]) => member.required).map(([name]) => name),
        additionalProperties: type.additional === null ? false : inner(type.additional),
      };
    }
    case "union":
      return type.of.every((part) => part.kind === "literal")
        ? { enum: type.of.map((part) => (part.kind === "literal" ? part.value : null)) }
        : { anyOf: type.of.map(inner) };
    case "named":
      if (!declarations.has(type.declaration)) declarations.set(type.declaration, null);
      return { $ref: `#/$defs/${type.declaration.name}` };
    default:
      return type satisfies never;
  }
}
