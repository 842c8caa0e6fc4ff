import type { Checked, Finding } from "../findings.ts";
import { safe, wrap } from "../layout.ts";
import type { Terminal } from "../terminal.ts";

type Look = Pick<Terminal, "columns" | "style">;

/** For people: each problem with the place in the source, as compilers show it. */
export function textReport(files: readonly Checked[], look: Look): string {
  return files
    .flatMap((file) => [...file.findings.map((finding) => problem(file, finding, look)), ...failed(file, look)])
    .join("\n\n");
}

function failed({ path, failure }: Checked, { style }: Look): readonly string[] {
  if (failure === null) return [];
  const steps = failure.next.map((step) => `  ${style("dim", "→")} ${safe(step)}`);
  return [[`${style("bad", "failed")}: ${path}: ${safe(failure.message)}`, ...steps].join("\n")];
}

function problem({ path, text }: Checked, finding: Finding, { columns, style }: Look): string {
  const { code, severity, message, line, column, nodeId } = finding;
  const colour = severity === "error" ? "bad" : severity === "warning" ? "warning" : "accent";
  const gutter = " ".repeat(String(line).length);
  const where = `${path}:${line}:${column}${nodeId === "" ? "" : ` in ${safe(nodeId)}`}`;
  const note = (label: string, said: string): string => {
    const [first = "", ...rest] = wrap(safe(said), Math.max(20, columns - gutter.length - label.length - 5));
    const hanging = `\n${gutter} ${" ".repeat(label.length + 4)}`;
    return `${gutter} ${style("dim", "=")} ${style("bold", label)}: ${[first, ...rest].join(hanging)}`;
  };
  return [
    ...wrap(`${severity}[${code}]: ${safe(message)}`, columns).map((line, index) => {
      const [label = "", ...rest] = line.split(" ");
      return index === 0 ? `${style(colour, label)} ${style("bold", rest.join(" "))}`.trimEnd() : style("bold", line);
    }),
    `${gutter}${style("dim", "-->")} ${where}`,
    ...excerpt(text, finding, columns - gutter.length - 3).map((row) => {
      const number = row.number === null ? gutter : String(row.number).padStart(gutter.length);
      const shown = row.number === null ? style(colour, row.text) : row.text;
      return `${style("dim", `${number} |`)} ${shown}`.trimEnd();
    }),
    ...finding.causes.map((cause) => note("because", cause)),
    ...finding.suggestions
      .filter((suggestion) => !isOffered(suggestion, finding))
      .map((suggestion) => note("help", suggestion)),
    ...finding.fixes.map(({ title }) => note("fix", `${title} (wfops validate --fix)`)),
    ...finding.docsLinks.map((link) => note("see", link)),
  ].join("\n");
}

/** What a fix does need not be advised as well. */
function isOffered(suggestion: string, { fixes }: Finding): boolean {
  return fixes.some(({ title }) => suggestion === title || suggestion === `${title}.`);
}

interface Row {
  /** Null: the row of carets. */
  readonly number: number | null;
  readonly text: string;
}

/** The line before, the line, and carets under the place; of a long line the part around the place. */
function excerpt(text: string, { line, column, endLine, endColumn }: Finding, width: number): readonly Row[] {
  const lines = text.split(/\r\n|\n|\r/);
  const written = lines[line - 1];
  if (written === undefined) return [];
  const start = Math.min(column - 1, written.length);
  const end = endLine === line ? Math.max(endColumn - 1, start + 1) : written.length;
  const room = Math.max(20, width);
  const from = written.length <= room ? 0 : Math.max(0, Math.min(start - Math.floor(room / 4), written.length - room));
  const shown = (part: string): string => [...part].map(oneCell).join("");
  const before = shown(written.slice(from, start));
  const inside = shown(written.slice(start, Math.min(end, from + room)));
  const carets = "^".repeat(Math.max(1, cells(inside)));
  const above = from === 0 ? (lines[line - 2] ?? "") : "";
  return [
    { number: null, text: "" },
    ...(above.trim() === "" ? [] : [{ number: line - 1, text: shown(above.slice(0, room)) }]),
    { number: line, text: shown(written.slice(from, from + room)) },
    { number: null, text: " ".repeat(cells(before)) + carets },
  ];
}

/** A character as it may be shown: whatever moves the cursor, hides or turns text round is one sign that stands for it. */
function oneCell(character: string): string {
  if (character === "\t") return " ";
  return /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]$/u.test(character) ? "\ufffd" : character;
}

/** Terminals show East Asian characters and emoji twice as wide, and marks on the character before. */
function cells(shown: string): number {
  let count = 0;
  for (const character of shown) {
    if (/^\p{M}$/u.test(character)) continue;
    count +=
      /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]$/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return count;
}
