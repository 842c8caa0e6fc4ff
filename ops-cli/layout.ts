import { stripVTControlCharacters } from "node:util";

/** How results are laid out for people. Nothing is cut: what does not fit a narrow terminal goes on the next line. */

const MIN_TABLE_COLUMNS = 80;

export type Field = readonly [label: string, value: string];

/** A label and its value a line; values that are too long go on below themselves. */
export function fields(rows: readonly Field[], columns: number, indent = "  "): string {
  const shown = rows.filter(([, value]) => value !== "");
  const width = Math.min(columns < 60 ? 14 : 24, Math.max(0, ...shown.map(([label]) => label.length)));
  const hanging = " ".repeat(indent.length + width + 2);
  return shown
    .map(([label, value]) => {
      const lines = wrap(safe(value), Math.max(16, columns - hanging.length));
      return `${indent}${label.padEnd(width)}  ${lines.join(`\n${hanging}`)}`;
    })
    .join("\n");
}

/** A table, or in a narrow terminal a block of fields for each row. */
export function listing(head: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  if (columns < MIN_TABLE_COLUMNS) {
    const blocks = rows.map((row) =>
      fields(
        head.map((label, index): Field => [label, row[index] ?? ""]),
        columns,
        "",
      ),
    );
    return blocks.join("\n\n");
  }
  const all = [head, ...rows.map((row) => row.map((cell) => safe(cell).replaceAll("\n", " ")))];
  const widths = head.map((_label, index) => Math.max(...all.map((row) => widthOf(row[index] ?? ""))));
  const lines = all.map((row) =>
    row.map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - widthOf(cell))).join("  "),
  );
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** At blanks where it can. */
export function wrap(value: string, width: number): readonly string[] {
  return value.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let current = "";
    for (const word of line.split(" ")) {
      const longer = current === "" ? word : `${current} ${word}`;
      if (widthOf(longer) <= width || current === "") current = longer;
      else {
        lines.push(current);
        current = word;
      }
    }
    return [...lines, current];
  });
}

/**
 * Names and definitions come from strangers: what would move the cursor, hide or turn text round is shown as its code.
 * Colours, which are ours, stay.
 */
export function safe(value: string): string {
  return value.replace(/\p{Cc}\[[\d;]*m|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => {
    if (found === "\n" || (found.length > 1 && found.codePointAt(0) === ESCAPE)) return found;
    if (found === "\t") return "  ";
    const [first = ""] = found;
    return `\\u{${first.codePointAt(0)?.toString(16)}}${found.slice(first.length)}`;
  });
}

const ESCAPE = 0x1b;

function widthOf(value: string): number {
  return stripVTControlCharacters(value).length;
}
