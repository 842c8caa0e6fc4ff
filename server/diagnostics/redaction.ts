import type { Finding } from "./diagnostic.ts";

/** Keeps secrets that were found in a definition out of all that is said about it. */
export interface Redaction {
  /** The definition with asterisks in place of secrets; all offsets and lines stay. */
  readonly text: string;
  /** A text of ours without secrets that it repeats, even if only their beginning. */
  redact(said: string): string;
  holdsSecret(said: string): boolean;
}

/** A shorter piece may be found anywhere by chance, and tells nobody a secret. */
const minPiece = 6;
const maxPiece = 16;

export function createRedaction(findings: readonly Finding[], text: string): Redaction {
  const spans = findings.flatMap(({ code, origin }) => (code === "WF_CHECK_012" ? [origin.span] : []));
  if (spans.length === 0) return { text, redact: (said) => said, holdsSecret: () => false };
  const secrets = [...new Set(spans.flatMap(({ start, end }) => formsOf(text.slice(start, end))))];
  return {
    text: masked(
      text,
      spans.toSorted((a, b) => a.start - b.start),
    ),
    redact: (said) => secrets.reduce(withoutSecret, said),
    holdsSecret: (said) => secrets.some((secret) => said.includes(beginning(secret))),
  };
}

/** A secret as it was written, as it reads without escapes, and line by line: a message may repeat any of these. */
function formsOf(written: string): readonly string[] {
  const quote = written[0];
  const isQuoted = written.length > 1 && (quote === '"' || quote === "'") && written.endsWith(quote);
  const inner = isQuoted ? written.slice(1, -1) : written;
  const lines = [inner, unescaped(inner)].flatMap((form) => [form, ...form.split(/\r?\n/)]);
  return lines.map((line) => line.trim()).filter((line) => line.length >= minPiece);
}

function unescaped(inner: string): string {
  try {
    const value: unknown = JSON.parse(`"${inner.replaceAll(/\r?\n/g, "\\n")}"`);
    return String(value);
  } catch {
    return inner;
  }
}

function beginning(secret: string): string {
  return secret.slice(0, maxPiece);
}

function masked(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (end <= at) continue;
    const from = Math.max(at, start);
    parts.push(text.slice(at, from), text.slice(from, end).replaceAll(/[^\r\n]/g, "*"));
    at = end;
  }
  return [...parts, text.slice(at)].join("");
}

function withoutSecret(said: string, secret: string): string {
  let result = said;
  const piece = beginning(secret);
  for (let at = result.indexOf(piece); at >= 0; at = result.indexOf(piece, at + 1)) {
    let length = piece.length;
    while (length < secret.length && result[at + length] === secret[length]) length++;
    result = `${result.slice(0, at)}***${result.slice(at + length)}`;
  }
  return result;
}
