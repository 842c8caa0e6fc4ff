/** Longer texts are cut, in characters. */
const MAX_TEXT = 1_000;
const MAX_FRAMES = 12;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

const secretKey = /pass(word|wd|phrase)|secret|token|api_?-?key|authorization|credential|cookie|private_?-?key/i;
/** What holds a definition or a module made of one. */
const contentKey = /^(content|definition|snippet|text|body|files|patch|request|response)$/i;

/** Fields of a line without what must not be in a log: secrets, definitions, and more than a line should hold. */
export function scrubbed(fields: object): Record<string, unknown> {
  return members(fields, 0);
}

function members(value: object, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value).slice(0, MAX_ITEMS)) {
    if (secretKey.test(key)) out[key] = "***";
    else if (!contentKey.test(key)) out[key] = scrub(member, depth + 1);
  }
  return out;
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === "string") return scrubText(value);
  if (value instanceof Error) return scrubError(value, depth);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "…";
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS).map((item) => scrub(item, depth + 1)) : members(value, depth);
}

/** All patterns take linear time: what they repeat is bounded, or does not contain what follows it. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*/g, "***"],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(\.[\w-]*)?/g, "***"],
  [/\b(bearer|basic)\s{1,4}[\w.~+/=-]{4,}/gi, "$1 ***"],
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]{1,500}@/gi, "$1***@"],
  [/\b((?:password|passwd|secret|token|api_?-?key)["']?\s{0,2}[:=]\s{0,2}["']?)[^\s"',;&]{1,500}/gi, "$1***"],
];

export function scrubText(text: string): string {
  let clean = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  for (const [pattern, replacement] of secrets) clean = clean.replace(pattern, replacement);
  return clean;
}

/**
 * Messages of errors quote what they stumbled over, which can be a definition's own text: quoted parts are left out. Type,
 * code and stack say where it was.
 */
function scrubError(error: Error, depth: number): Record<string, unknown> {
  const unquoted = error.message.slice(0, MAX_TEXT).replace(/"[^"]*"|'[^']*'|`[^`]*`/g, "…");
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: scrubText(unquoted),
    ...("code" in error && (typeof error.code === "string" || typeof error.code === "number")
      ? { code: error.code }
      : {}),
    stack: frames
      .slice(0, MAX_FRAMES)
      .map((line) => line.trim())
      .join("\n"),
    ...(error.cause instanceof Error && depth < MAX_DEPTH ? { cause: scrubError(error.cause, depth + 1) } : {}),
  };
}
