import type { ComponentCatalogue } from "../components/component.ts";
import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";
import type { Document } from "../source/tree.ts";

/** What every front end is given besides the document. */
export interface FrontEndContext {
  readonly findings: Findings;
  readonly components: ComponentCatalogue;
  /** Whether components declared in the document may hold TypeScript of their own. Default: no. */
  readonly allowInlineCode?: boolean;
}

/**
 * A front end makes the IR of a document, or null where too little of it can be understood. It reports every problem
 * that it sees; what it does not know yet it reports at its place (WF_COMPILE_003) and never passes over.
 */
export type FrontEnd = (document: Document, context: FrontEndContext) => Program | null;
