import { addMapping, GenMapping, toEncodedMap } from "@jridgewell/gen-mapping";
import { createLines } from "../diagnostics/lines.ts";
import type { EmittedModule } from "../emit/emit.ts";
import type { Document } from "../source/tree.ts";

/**
 * A source map (version 3) from `workflow.ts` to the definition, named by node: where a line of the module comes from.
 * The definition's text is not in it.
 */
export function definitionMap(emitted: EmittedModule, document: Document): string {
  const generated = createLines(emitted.text);
  const definition = createLines(document.text);
  const map = new GenMapping({ file: "workflow.ts" });
  const source = `definition.${document.syntax}`;
  for (const { offset, origin } of emitted.mappings) {
    const at = generated.at(offset);
    const from = definition.at(origin.span.start);
    const position = {
      generated: { line: at.line, column: at.column - 1 },
      source,
      original: { line: from.line, column: from.column - 1 },
    };
    if (origin.node === "") addMapping(map, position);
    else addMapping(map, { ...position, name: origin.node });
  }
  return JSON.stringify(toEncodedMap(map));
}
