import type { Findings, Origin } from "../diagnostics/diagnostic.ts";

/** What UTF-16 looks like: half of the bytes of Latin text are zero. A quarter leaves room for other scripts. */
const ZERO_SHARE_OF_UTF16 = 0.25;
const SAMPLE_BYTES = 1_024;

/**
 * The text of a definition without a byte-order mark. Where `ok` is false, what is wrong was reported, and the text is
 * good enough to show the place.
 */
export function decode(content: Uint8Array, findings: Findings): { readonly text: string; readonly ok: boolean } {
  const hint = encodingHint(content);
  if (hint !== "") return refuse(content, hint.startsWith("; zero") ? content.indexOf(0) : 0, hint, findings);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(content), ok: true };
  } catch {
    return refuse(content, firstInvalidByte(content), "", findings);
  }
}

function refuse(content: Uint8Array, offset: number, hint: string, findings: Findings) {
  const decoder = new TextDecoder("utf-8");
  const start = decoder.decode(content.subarray(0, offset)).length;
  const text = decoder.decode(content);
  const origin: Origin = { span: { start, end: Math.min(start + 1, text.length) }, pointer: "", node: "" };
  findings.report("WF_SOURCE_002", origin, { offset: String(offset), hint });
  return { text, ok: false };
}

function encodingHint(content: Uint8Array): string {
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return "; it starts with the byte-order mark of UTF-16";
  }
  const sample = content.subarray(0, SAMPLE_BYTES);
  let zeros = 0;
  for (const byte of sample) if (byte === 0) zeros++;
  return zeros > sample.length * ZERO_SHARE_OF_UTF16 ? "; zero bytes stand between the characters, as in UTF-16" : "";
}

/** Where the first sequence starts that is not UTF-8 (Unicode 16, table 3-7: no overlong forms, no surrogates). */
function firstInvalidByte(content: Uint8Array): number {
  let index = 0;
  while (index < content.length) {
    const length = sequenceLength(content, index);
    if (length === 0) return index;
    index += length;
  }
  return index;
}

/** Length of the well-formed sequence at `index`, or 0. */
function sequenceLength(content: Uint8Array, index: number): number {
  const lead = content[index] ?? 0;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  const second = content[index + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (length > 1 && (second < low || second > high)) return 0;
  for (let at = 2; at < length; at++) if (((content[index + at] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}
