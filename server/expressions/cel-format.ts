import type { Expression } from "../ir/expression.ts";
import { showOperand } from "./cel-checker.ts";
import { type CelKind, kindOf } from "./cel-kinds.ts";

/** What the runtime's `printFormat` reads; `%%` is a percent sign. */
const CLAUSE = /%(?:%|(?:\.(\d{1,2}))?([sdfeboxX])|(.?))/gsu;

/** Kinds of values that a clause takes; it takes what is known only at run time too. */
const TAKES: ReadonlyMap<string, readonly CelKind[]> = new Map<string, readonly CelKind[]>([
  ["d", ["int", "double"]],
  ["f", ["int", "double"]],
  ["e", ["int", "double"]],
  ["b", ["int", "bool"]],
  ["o", ["int"]],
  ["x", ["int", "string"]],
  ["X", ["int", "string"]],
]);

/** What is wrong with a format for these values, or null. */
export function checkFormatText(text: string, values: Expression): string | null {
  let count = 0;
  for (const [written, , clause, other] of text.matchAll(CLAUSE)) {
    if (written === "%%") continue;
    if (clause === undefined)
      return `\`%${other ?? ""}\` is no clause of a format; there are %s %d %f %e %b %o %x %X, and %% for a percent sign`;
    const value = values.kind === "array" ? values.items[count] : undefined;
    count++;
    if (values.kind !== "array") continue;
    if (value === undefined)
      return `the format has more clauses than there are values, which are ${values.items.length}`;
    const kind = kindOf(value.type);
    const isTaken = TAKES.get(clause)?.includes(kind) ?? true;
    if (!isTaken && kind !== "dyn") return `\`${written}\` does not take ${showOperand(value.type)}`;
  }
  return null;
}
