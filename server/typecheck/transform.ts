import { allMappings, fromMap } from "@jridgewell/gen-mapping";
import { transformSync } from "oxc-transform";
import { visibleCode } from "./visible.ts";

export interface JavaScript {
  readonly code: string;
  readonly declarations: string;
  /** Where the pieces of `code` stand in the TypeScript text, in the order of `code`. */
  places(): readonly CodePlace[];
}

/** Lines count from 1, columns from 0, in UTF-16 code units. */
export interface CodePlace {
  readonly generated: { readonly line: number; readonly column: number };
  readonly original: { readonly line: number; readonly column: number };
}

/** JavaScript and declarations of a module that the type-checker has accepted. */
export function toJavaScript(path: string, text: string): JavaScript {
  const result = transformSync(path, text, {
    lang: "ts",
    sourceType: "module",
    sourcemap: true,
    typescript: { declaration: { stripInternal: false }, onlyRemoveTypeImports: true },
  });
  const [problem] = result.errors;
  if (problem !== undefined) throw new Error(`${path} could not be transformed: ${problem.message}`);
  const code = visibleCode(result.code);
  return {
    code,
    declarations: visibleCode(result.declaration ?? ""),
    places: () => (result.map ? placesIn(result.map, result.code === code ? null : result.code) : []),
  };
}

/** `hidden`: the code before `visibleCode`, where that changed it: what follows an escape on its line has moved to the right. */
function placesIn(
  { mappings, names, sources }: NonNullable<ReturnType<typeof transformSync>["map"]>,
  hidden: string | null,
): readonly CodePlace[] {
  const lines = hidden?.split("\n");
  return allMappings(fromMap({ version: 3, mappings, names, sources })).flatMap(({ generated, original }) => {
    if (original === undefined) return [];
    const { line, column } = generated;
    const before = lines?.[line - 1]?.slice(0, column);
    return [{ generated: { line, column: before === undefined ? column : visibleCode(before).length }, original }];
  });
}
