import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Tree } from "../source/tree.ts";
import { type Type, type TypeDeclaration, unknown } from "./types.ts";

export interface SchemaContext {
  readonly findings: Findings;
  /** The id of the node around the schema, for findings. */
  readonly node: string;
  /** What to call the schema's own type, should it refer to itself. */
  readonly name: string;
  /** Takes each type that the schema gives a name to. Its `type` is complete once `typeOfSchema` has returned. */
  declare(declaration: TypeDeclaration): void;
  /** What `#` refers to; default the schema itself. */
  readonly root?: Tree;
}

export function typeOfSchema(_tree: Tree, _context: SchemaContext): Type {
  return unknown;
}
