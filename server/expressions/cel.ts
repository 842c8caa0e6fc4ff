import type { Expression } from "../ir/expression.ts";
import type { StringTree } from "../source/tree.ts";
import type { Environment } from "./environment.ts";

/** Compiles the CEL expression at `start` to `end` of a string; null after reporting what is wrong with it. */
export function compileCel(_tree: StringTree, _start: number, _end: number, _environment: Environment): Expression | null {
  return null;
}
