import type { PeerCertificate } from "node:tls";
import { isName } from "./principal.ts";

/**
 * Who a client certificate speaks for: the first URI of its subject alternative names, such as a SPIFFE id, else the first
 * DNS name. null where it has neither. The common name does not count: authorities do not check it (RFC 6125, 6.4.4).
 */
export function nameOfCertificate({ subjectaltname = "" }: Pick<PeerCertificate, "subjectaltname">): string | null {
  const names = splitNames(subjectaltname);
  const first = (type: string): string | undefined => names.find((name) => name.type === type)?.value;
  const name = first("URI") ?? first("DNS") ?? "";
  return isName(name) ? name : null;
}

interface AlternativeName {
  readonly type: string;
  readonly value: string;
}

/**
 * Node gives the names as one text, `DNS:a.example, URI:spiffe://b`. It writes a value that could be taken for more than
 * one name as a JSON string, so that commas in quotes separate nothing. A text of any other form gives no names at all.
 */
function splitNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  const entry = /([^:,"]+):(?:("(?:[^"\\]|\\.)*")|([^,"]*))(?:, |$)/y;
  while (entry.lastIndex < text.length) {
    const [, type, quoted, plain = ""] = entry.exec(text) ?? [];
    if (type === undefined) return [];
    names.push({ type, value: quoted === undefined ? plain : unquoted(quoted) });
  }
  return names;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return "";
  }
}
