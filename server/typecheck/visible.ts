import { addMapping, allMappings, fromMap, GenMapping, setSourceContent, toEncodedMap } from "@jridgewell/gen-mapping";
import { escapeHidden } from "../emit/text.ts";

/**
 * Code with escapes in place of characters that cannot be seen. The transformer writes strings anew, with each character
 * as itself; outside of strings there are none.
 */
export function visibleCode(code: string): string {
  return code.replace(/[^\x20-\x7e\n\t]+/g, escapeHidden);
}

/** The source map, as JSON, of the code after `visibleCode`: what follows an escape on its line has moved to the right. */
export function visibleMap(
  map: string,
  before: string,
  source: { readonly path: string; readonly text: string },
): string {
  const lines = before.split("\n");
  const moved = new GenMapping();
  for (const { generated, source: path, original, name } of allMappings(fromMap(map))) {
    if (path === undefined || original === undefined) continue;
    const column = visibleCode((lines[generated.line - 1] ?? "").slice(0, generated.column)).length;
    const place = { generated: { line: generated.line, column }, source: path, original };
    if (name === undefined) addMapping(moved, place);
    else addMapping(moved, { ...place, name });
  }
  setSourceContent(moved, source.path, source.text);
  return JSON.stringify(toEncodedMap(moved));
}
