import { list, nullable, object, oneOf, text } from "./schema.ts";

const position = { type: "integer", minimum: 0 } as const;

/** JSON Schema of a `Finding`. */
export const findingSchema = object({
  code: text,
  severity: oneOf("error", "warning", "info"),
  category: text,
  message: text,
  line: position,
  column: position,
  endLine: position,
  endColumn: position,
  field: text,
  nodeId: text,
  suggestions: list(text),
  docsLinks: list(text),
  fixes: list(object({ title: text, jsonPatch: text })),
  causes: list(text),
});

/** JSON Schema of why there is no answer about a file. */
export const failureSchema = nullable(object({ reason: text, message: text, next: list(text) }));
