import { GenMapping, maybeAddSegment, toEncodedMap } from "@jridgewell/gen-mapping";
import { createLines } from "../diagnostics/lines.ts";
import type { EmittedModule } from "../emit/emit.ts";
import type { Document } from "../source/tree.ts";
import type { CodePlace } from "./transform.ts";

/** A piece of the module, up to where the next one begins. */
interface Piece {
  /** UTF-16, in `workflow.ts`. */
  readonly offset: number;
  /** Where it comes from in the definition: line and column from 0, and the id of the node; null: from nowhere. */
  readonly from: { readonly line: number; readonly column: number; readonly name: string } | null;
}

/**
 * Source maps (version 3) of the module to the definition; their names are the ids of nodes, and for what is no node's
 * `workflowName`: Node takes the last name there was where a segment has none. That of `workflow.js` too leads to the
 * definition and not to `workflow.ts`, so that stack traces of a run are in the words of whoever wrote the definition; who
 * wants to see the TypeScript runs that. The definition's text is not in them.
 */
export function definitionMaps(
  emitted: EmittedModule,
  document: Document,
  workflowName: string,
  javaScript: readonly CodePlace[],
): { readonly typeScript: string; readonly javaScript: string } {
  const pieces = piecesOf(emitted, document, workflowName);
  const source = `definition.${document.syntax}`;
  return {
    typeScript: encode("workflow.ts", source, typeScriptPlaces(emitted.text, pieces)),
    javaScript: encode("workflow.js", source, javaScriptPlaces(emitted.text, pieces, javaScript)),
  };
}

function piecesOf({ mappings }: EmittedModule, document: Document, workflowName: string): readonly Piece[] {
  const lines = createLines(document.text);
  const pieces: Piece[] = [];
  for (const { offset, origin } of mappings) {
    if (pieces.at(-1)?.offset === offset) pieces.pop();
    if (origin === null) pieces.push({ offset, from: null });
    else {
      const { line, column } = lines.at(origin.span.start);
      pieces.push({ offset, from: { line: line - 1, column: column - 1, name: origin.node || workflowName } });
    }
  }
  return pieces;
}

/** A place in a generated file, from 0, and what stands there. */
interface Place {
  readonly line: number;
  readonly column: number;
  readonly from: Piece["from"];
}

/** Each piece where it begins, and again at the first character of each line that it goes on to. */
function* typeScriptPlaces(text: string, pieces: readonly Piece[]): Generator<Place> {
  let next = 0;
  let from: Piece["from"] = null;
  let start = 0;
  for (const [line, content] of text.split("\n").entries()) {
    const end = start + content.length;
    const first = start + content.length - content.trimStart().length;
    if (first < end && (pieces[next]?.offset ?? end) > first) yield { line, column: first - start, from };
    for (let piece = pieces[next]; piece !== undefined && piece.offset <= end; piece = pieces[++next]) {
      from = piece.from;
      yield { line, column: piece.offset - start, from };
    }
    start = end + 1;
  }
}

function* javaScriptPlaces(text: string, pieces: readonly Piece[], javaScript: readonly CodePlace[]): Generator<Place> {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  for (const { generated, original } of javaScript) {
    const piece = lastUpTo(pieces, (starts[original.line - 1] ?? 0) + original.column);
    yield { line: generated.line - 1, column: generated.column, from: piece?.from ?? null };
  }
}

function lastUpTo(pieces: readonly Piece[], offset: number): Piece | undefined {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return pieces[low - 1];
}

function encode(file: string, source: string, places: Iterable<Place>): string {
  const map = new GenMapping({ file });
  for (const { line, column, from } of places) {
    if (from === null) maybeAddSegment(map, line, column);
    else maybeAddSegment(map, line, column, source, from.line, from.column, from.name);
  }
  return JSON.stringify(toEncodedMap(map));
}
