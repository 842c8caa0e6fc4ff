import { statesError } from "./amazon-states.ts";

/** The UTF-8 bytes of a text. */
export function utf8Bytes(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      bytes.push(
        0xe0 | (code >> 12),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return bytes;
}

/** The text of UTF-8 bytes. */
function textOfUtf8(bytes: readonly number[]): string {
  return decodeURIComponent(
    bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** A text's UTF-8 bytes in Base64 (RFC 4648 §4). */
export function base64Encode(text: unknown): string {
  return base64Digits(utf8Bytes(stringArgument(text, "States.Base64Encode")));
}

/** Bytes in Base64 (RFC 4648 §4). */
export function base64Digits(bytes: readonly number[]): string {
  const alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let encoded = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second, third] = bytes.slice(index, index + 3);
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    const digit = (shift: number): string =>
      alphabet.charAt((bits >> shift) & 63);
    encoded +=
      digit(18) +
      digit(12) +
      (second === undefined ? "=" : digit(6)) +
      (third === undefined ? "=" : digit(0));
  }
  return encoded;
}

/** The text whose UTF-8 bytes are given in Base64. */
export function base64Decode(encoded: unknown): string {
  const alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const digits = stringArgument(encoded, "States.Base64Decode").replace(
    /={1,2}$/,
    "",
  );
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const digit of digits) {
    const value = alphabet.indexOf(digit);
    if (value < 0)
      throw intrinsicError("States.Base64Decode", "the argument is not Base64");
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 255);
    }
  }
  try {
    return textOfUtf8(bytes);
  } catch {
    throw intrinsicError("States.Base64Decode", "the bytes are not UTF-8");
  }
}

/** The failure of an intrinsic function. */
export function intrinsicError(name: string, problem: string): Error {
  return statesError(
    "States.IntrinsicFailure",
    `Invalid arguments in ${name}: ${problem}`,
  );
}

/** An argument that must be a string. */
export function stringArgument(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw intrinsicError(
    name,
    `a string is needed, not ${JSON.stringify(value)}`,
  );
}

/** An argument that must be a number. */
export function numberArgument(value: unknown, name: string): number {
  if (typeof value === "number") return value;
  throw intrinsicError(
    name,
    `a number is needed, not ${JSON.stringify(value)}`,
  );
}

/** An argument that must be an array. */
export function arrayArgument(
  value: unknown,
  name: string,
): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw intrinsicError(
    name,
    `an array is needed, not ${JSON.stringify(value)}`,
  );
}

/** How States.Format writes a value: strings as they are, objects and arrays as AWS does: `{a=1, b=[x, y]}`. */
export function formatted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatted).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}=${formatted(member)}`)
    .join(", ")}}`;
}

/** States.Format with a template that is known at run time only. */
export function formatText(
  template: unknown,
  values: readonly unknown[],
): string {
  const parts = stringArgument(template, "States.Format").split("{}");
  if (parts.length !== values.length + 1) {
    throw intrinsicError(
      "States.Format",
      `${parts.length - 1} values are needed, not ${values.length}`,
    );
  }
  return parts
    .map((part, index) =>
      index === 0 ? part : formatted(values[index - 1]) + part,
    )
    .join("");
}

/** States.StringSplit: at each character of the separators; empty parts are dropped. */
export function stringSplit(text: unknown, separators: unknown): string[] {
  const marks = new Set(stringArgument(separators, "States.StringSplit"));
  const parts: string[] = [];
  let part = "";
  for (const character of stringArgument(text, "States.StringSplit")) {
    if (!marks.has(character)) part += character;
    else {
      if (part !== "") parts.push(part);
      part = "";
    }
  }
  return part === "" ? parts : [...parts, part];
}

/** States.StringToJson. A text without anything in it is null, as with the JSON parser of AWS. */
export function stringToJson(text: unknown): unknown {
  if (text === null) return null;
  const source = stringArgument(text, "States.StringToJson");
  if (source.trim() === "") return null;
  try {
    return JSON.parse(source);
  } catch {
    throw intrinsicError("States.StringToJson", "the argument is not JSON");
  }
}

/** States.JsonToString: JSON without white space. */
export function jsonToString(value: unknown): string {
  return JSON.stringify(value);
}
