import { transformSync } from "oxc-transform";
import { visibleCode, visibleMap } from "./visible.ts";

export interface JavaScript {
  readonly code: string;
  readonly declarations: string;
  /** Source map, version 3, as JSON; from `code` to the TypeScript text. */
  readonly map: string;
}

/** JavaScript, declarations and a source map of a module that the type-checker has accepted. */
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
  const map = JSON.stringify(result.map ?? null);
  return {
    code,
    declarations: visibleCode(result.declaration ?? ""),
    map: code === result.code ? map : visibleMap(map, result.code, { path, text }),
  };
}
