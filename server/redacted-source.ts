import { checkSecrets } from "./checks/secrets.ts";
import { createFindings } from "./diagnostics/findings.ts";
import { createRedaction } from "./diagnostics/redaction.ts";
import { defaultLimits } from "./source/limits.ts";
import { parseSource } from "./source/parse.ts";

/**
 * A definition with asterisks in place of its secrets, for those who keep it; everything else stays where it was.
 *
 * @returns null where it cannot be read: then nobody knows whether it holds secrets.
 */
export function redactedSource(content: Uint8Array, maxBytes: number = defaultLimits.bytes): Uint8Array | null {
  const findings = createFindings();
  const { text, document } = parseSource(content, { ...defaultLimits, bytes: maxBytes }, findings);
  if (document === null) return null;
  checkSecrets(document, findings);
  return Buffer.from(createRedaction(findings.list, text).text);
}
