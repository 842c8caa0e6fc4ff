import type { Expression } from "../ir/expression.ts";
import type { Tree } from "../source/tree.ts";
import type { Environment } from "./environment.ts";

export function compileValue(_tree: Tree, _environment: Environment): Expression | null {
  return null;
}
