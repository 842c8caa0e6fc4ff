import { type Code, catalogue, type Params } from "./catalogue.ts";
import type { Diagnostic, Finding, Location, Origin } from "./diagnostic.ts";
import { createLines, type Lines } from "./lines.ts";
import { createRedaction, type Redaction } from "./redaction.ts";

const DOCS = "https://workflow-compiler.dev/errors";
const MAX_SNIPPET = 200;
const MAX_TEXT = 2_000;

/** Makes diagnostics of findings: formatted, placed, sorted by position, each said once. */
export function render(findings: readonly Finding[], text: string): readonly Diagnostic[] {
  const redaction = createRedaction(findings, text);
  const lines = createLines(redaction.text);
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const sorted = findings.toSorted((a, b) => a.origin.span.start - b.origin.span.start || compare(a.code, b.code));
  for (const finding of sorted) {
    const diagnostic = renderOne(finding, lines, redaction);
    const key = JSON.stringify([diagnostic.code, diagnostic.message, diagnostic.location]);
    if (!seen.has(key)) diagnostics.push(diagnostic);
    seen.add(key);
  }
  return diagnostics;
}

/** The page that explains a code. */
export function docsLink(code: Code): string {
  return `${DOCS}/${code}`;
}

function renderOne(finding: Finding, lines: Lines, redaction: Redaction): Diagnostic {
  const { redact, holdsSecret } = redaction;
  const { severity, category, message, suggestions } = formatter(finding.code);
  const clean = (said: string): string => wellFormed(redact(said));
  return {
    code: finding.code,
    message: clean(message(finding.params)),
    severity,
    category,
    location: { ...locate(finding.origin, lines), ...(finding.generated && { generated: finding.generated }) },
    suggestions: suggestions(finding.params).map(clean),
    docsLinks: [docsLink(finding.code)],
    context: Object.fromEntries(Object.entries(finding.params).map(([name, value]) => [name, clean(value)])),
    fixes: finding.fixes.filter((fix) => !holdsSecret(JSON.stringify(fix))),
    ...(finding.cause && { cause: renderOne(finding.cause, lines, redaction) }),
  };
}

/** The catalogue's entry with its parameters' type widened: `report` has bound them to the code. */
function formatter(code: Code) {
  const entry = catalogue[code];
  return {
    severity: entry.severity,
    category: entry.category,
    message: entry.message as (params: Params<Code>) => string,
    suggestions: entry.suggestions as (params: Params<Code>) => readonly string[],
  };
}

function locate(origin: Origin, lines: Lines): Location {
  const start = lines.at(origin.span.start);
  const end = lines.at(origin.span.end);
  return {
    nodeId: wellFormed(origin.node),
    field: usable(origin.pointer),
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    snippet: wellFormed(snippet(lines.text(start.line), start.column - 1)),
  };
}

/** The line, or of a long one (a minified document) the part around the place. */
function snippet(line: string, index: number): string {
  if (line.length <= MAX_SNIPPET) return line;
  const from = Math.max(0, Math.min(index - MAX_SNIPPET / 4, line.length - MAX_SNIPPET));
  return line.slice(from, from + MAX_SNIPPET);
}

/**
 * A pointer that a program can follow as it stands: nothing in it is escaped or cut off. Where a key is too long, or is no
 * text that protobuf can carry, it leads to the value around.
 */
function usable(pointer: string): string {
  if (pointer.length <= MAX_TEXT && pointer.isWellFormed()) return pointer;
  let end = 0;
  for (let next = 0; end < pointer.length; end = next) {
    next = pointer.indexOf("/", end + 1);
    if (next < 0) next = pointer.length;
    if (next > MAX_TEXT || !pointer.slice(end, next).isWellFormed()) break;
  }
  return pointer.slice(0, end);
}

/** Text that protobuf and terminals can carry: whole characters, bounded, nothing invisible. */
function wellFormed(text: string): string {
  const bounded = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return bounded
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
      character === "\t" || character === "\n" ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
    );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
