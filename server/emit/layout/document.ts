import type { Origin } from "../../diagnostics/diagnostic.ts";

/**
 * Text that can be laid out in more than one way. The algebra is Wadler's (A prettier printer, 2003) with the groups,
 * conditional groups and fills that Prettier's documents have, so that our layout can be the same as Prettier's.
 */
export type Doc =
  | string
  | Sequence
  | { readonly kind: "indent"; readonly contents: Doc; readonly breaks: boolean; readonly forces: boolean }
  | {
      readonly kind: "align";
      readonly width: number;
      readonly contents: Doc;
      readonly breaks: boolean;
      readonly forces: boolean;
    }
  | Group
  | {
      readonly kind: "line";
      readonly flat: "" | " ";
      readonly hard: boolean;
      readonly breaks: boolean;
      readonly forces: boolean;
    }
  | IfBroken
  | {
      readonly kind: "fill";
      readonly parts: readonly Doc[];
      readonly from: number;
      readonly breaks: boolean;
      readonly forces: boolean;
    }
  | {
      readonly kind: "placed";
      readonly origin: Origin | null;
      readonly contents: Doc;
      readonly breaks: boolean;
      readonly forces: boolean;
    };

interface Sequence {
  readonly kind: "sequence";
  readonly parts: readonly Doc[];
  /** Whether it holds a line break that is certain. */
  readonly breaks: boolean;
  /** Whether that breaks the groups around it too. */
  readonly forces: boolean;
}

/** Printed on one line where that fits, else with its own lines broken. */
export interface Group {
  readonly kind: "group";
  readonly contents: Doc;
  /** Further ways to print it, tried in order; the last one is taken where none fits. */
  readonly states: readonly Doc[] | null;
  readonly broken: boolean;
  /** By which documents elsewhere ask whether it is broken. */
  readonly id: symbol | null;
  readonly breaks: boolean;
  readonly forces: boolean;
}

interface IfBroken {
  readonly kind: "ifBroken";
  readonly broken: Doc;
  readonly flat: Doc;
  /** Whose breaking decides; null: the innermost group around it. */
  readonly group: symbol | null;
  readonly breaks: boolean;
  readonly forces: boolean;
}

export const line: Doc = { kind: "line", flat: " ", hard: false, breaks: false, forces: false };
export const softLine: Doc = { kind: "line", flat: "", hard: false, breaks: false, forces: false };
export const hardLine: Doc = { kind: "line", flat: "", hard: true, breaks: true, forces: true };

export function sequence(parts: readonly Doc[]): Doc {
  return { kind: "sequence", parts, breaks: parts.some(breaks), forces: parts.some(forces) };
}

export function join(separator: Doc, parts: readonly Doc[]): Doc {
  const joined: Doc[] = [];
  for (const part of parts) {
    if (joined.length > 0) joined.push(separator);
    joined.push(part);
  }
  return sequence(joined);
}

export function indent(contents: Doc): Doc {
  return { kind: "indent", contents, breaks: breaks(contents), forces: forces(contents) };
}

export function align(width: number, contents: Doc): Doc {
  return { kind: "align", width, contents, breaks: breaks(contents), forces: forces(contents) };
}

export function group(contents: Doc, broken = false, id: symbol | null = null): Group {
  const forced = broken || forces(contents);
  return {
    kind: "group",
    contents,
    states: null,
    broken: forced,
    id,
    breaks: forced || breaks(contents),
    forces: forced,
  };
}

/** Breaks are not passed on through a conditional group: who makes one says what breaks around it. */
export function conditionalGroup(states: readonly Doc[]): Group {
  const contents = states[0] ?? "";
  return { kind: "group", contents, states, broken: false, id: null, breaks: breaks(contents), forces: false };
}

/** Breaks all groups around it. */
export const breakParent: Doc = { kind: "sequence", parts: [], breaks: true, forces: true };

export function ifBroken(broken: Doc, flat: Doc = "", of: symbol | null = null): Doc {
  return {
    kind: "ifBroken",
    broken,
    flat,
    group: of,
    breaks: breaks(broken) || breaks(flat),
    forces: forces(broken) || forces(flat),
  };
}

export function indentIfBroken(contents: Doc, of: symbol): Doc {
  return ifBroken(indent(contents), contents, of);
}

/** Contents and separators in turn: as many on each line as fit. */
export function fill(parts: readonly Doc[]): Doc {
  return { kind: "fill", parts, from: 0, breaks: parts.some(breaks), forces: parts.some(forces) };
}

/** Tells where in the definition a text comes from; null: it is nobody's. What is around it has a place of its own. */
export function placed(origin: Origin | null, contents: Doc): Doc {
  return { kind: "placed", origin, contents, breaks: breaks(contents), forces: forces(contents) };
}

export function breaks(doc: Doc): boolean {
  return typeof doc !== "string" && doc.breaks;
}

function forces(doc: Doc): boolean {
  return typeof doc !== "string" && doc.forces;
}

/** Whether a document holds a place where it could break. */
export function canBreak(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  switch (doc.kind) {
    case "line":
      return true;
    case "sequence":
    case "fill":
      return doc.parts.some(canBreak);
    case "indent":
    case "align":
    case "group":
    case "placed":
      return canBreak(doc.contents);
    case "ifBroken":
      return canBreak(doc.broken) || canBreak(doc.flat);
    default:
      return doc satisfies never;
  }
}
