import type { AppliedFix, FixedSource } from "./artifact.ts";
import type { Diagnostic, Fix, PatchOperation } from "./diagnostics/diagnostic.ts";
import { fixDocument } from "./source/fix.ts";

/** A text and what is wrong with it. */
export interface Judged {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** More fixes than this are for a person to look at first. */
const MAX_FIXES = 200;
/** Each fix reads the text twice: so many characters may be read for one definition, about four seconds of work. */
const MAX_READ = 40_000_000;

interface Offer {
  readonly diagnostic: Diagnostic;
  readonly fix: Fix;
}

/**
 * Applies the first fix of each diagnostic, round after round: those of one round touch different places, and what they
 * bring to light is mended in the next. Ends where nothing is left to apply, or a text comes up again.
 */
export function fixAll(given: Judged, content: Uint8Array, judge: (content: Uint8Array) => Judged): FixedSource {
  const mark = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? "\ufeff" : "";
  const encode = (text: string): Uint8Array => new TextEncoder().encode(mark + text);
  const fixes: AppliedFix[] = [];
  const seen = new Set([given.text]);
  let current = given;
  const limit = Math.min(MAX_FIXES, Math.max(1, Math.floor(MAX_READ / (2 * given.text.length + 1))));
  while (fixes.length < limit) {
    const { text, applied } = applyRound(current, limit - fixes.length);
    if (seen.has(text)) break;
    seen.add(text);
    fixes.push(...applied);
    current = judge(encode(text));
  }
  return { content: fixes.length === 0 ? content : encode(current.text), fixes };
}

function applyRound({ text, diagnostics }: Judged, atMost: number): { text: string; applied: readonly AppliedFix[] } {
  const applied: AppliedFix[] = [];
  let current = text;
  for (const { diagnostic, fix } of apart(diagnostics).slice(0, atMost)) {
    try {
      current = fixDocument(current, fix.patch);
    } catch {
      // Read under other limits than the document was, or no longer where it was: the diagnostic stays.
      continue;
    }
    const { code, message, location } = diagnostic;
    applied.push({ code, message, title: fix.title.toWellFormed(), field: location.field });
  }
  return { text: current, applied };
}

/** The first fixes of diagnostics, errors first, without those that touch what another one touches. */
function apart(diagnostics: readonly Diagnostic[]): readonly Offer[] {
  const chosen: Offer[] = [];
  const touched: string[] = [];
  const gravest = diagnostics.toSorted((a, b) => Number(b.severity === "error") - Number(a.severity === "error"));
  for (const diagnostic of gravest) {
    const [fix] = diagnostic.fixes;
    if (fix === undefined) continue;
    const paths = fix.patch.flatMap(reach);
    if (paths.some((path) => touched.some((other) => within(path, other) || within(other, path)))) continue;
    touched.push(...paths);
    chosen.push({ diagnostic, fix });
  }
  return chosen;
}

/** The pointers under which an operation changes something. Adding an item to a list, or removing one, moves those after it. */
function reach(operation: PatchOperation): readonly string[] {
  const paths =
    operation.op === "move" || operation.op === "copy" ? [operation.from, operation.path] : [operation.path];
  if (operation.op === "replace" || operation.op === "test") return paths;
  return paths.map((path) => (/\/(?:\d+|-)$/.test(path) ? path.slice(0, path.lastIndexOf("/")) : path));
}

function within(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}/`) || outer === "";
}
