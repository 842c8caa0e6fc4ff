import { base64Digits } from "./amazon-text.ts";
import { isNumeric, queryError } from "./jsonata.ts";
import { argumentError } from "./jsonata-signatures.ts";

/** $string: nothing of nothing. Numbers have at most 15 digits. */
export function queryString(
  value: unknown,
  isPretty: unknown = false,
): string | undefined {
  if (typeof isPretty !== "boolean" && isPretty !== undefined)
    throw argumentError("string", 2);
  if (value === undefined || typeof value === "string") return value;
  if (typeof value === "function") return "";
  if (typeof value === "number" && !Number.isFinite(value))
    throw queryError(
      "D3001",
      "Attempting to invoke string function on Infinity or NaN",
    );
  return JSON.stringify(
    value,
    (_, part: unknown) => {
      if (typeof part === "function") return "";
      return isNumeric(part) && !Number.isInteger(part)
        ? Number(part.toPrecision(15))
        : part;
    },
    isPretty === true ? 2 : 0,
  );
}

/** An argument that must be a string, or nothing. */
export function textArgument(
  value: unknown,
  name: string,
  index = 1,
): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw argumentError(name, index);
}

/** An argument that must be a number, or nothing. */
export function numericArgument(
  value: unknown,
  name: string,
  index = 1,
): number | undefined {
  if (value === undefined || typeof value === "number") return value;
  throw argumentError(name, index);
}

/** $length: in characters. */
export function queryLength(text: unknown): number | undefined {
  const given = textArgument(text, "length");
  return given === undefined ? undefined : [...given].length;
}

/** $substring, in characters. */
export function querySubstring(
  text: unknown,
  start: unknown,
  length?: unknown,
): string | undefined {
  // A number alone is where to start in the context, which has no text here.
  if (
    typeof text === "number" &&
    typeof start === "number" &&
    length === undefined
  )
    return undefined;
  const given = textArgument(text, "substring");
  const from = numericArgument(start, "substring", 2) ?? 0;
  const count = numericArgument(length, "substring", 3);
  if (given === undefined) return undefined;
  const characters = [...given];
  const first = characters.length + from < 0 ? 0 : from;
  if (count === undefined) return characters.slice(first).join("");
  if (count <= 0) return "";
  const end = first >= 0 ? first + count : characters.length + first + count;
  return characters.slice(first, end).join("");
}

/** $substringBefore: all of the text where the mark is not in it. */
export function querySubstringBefore(
  text: unknown,
  mark: unknown,
): string | undefined {
  const given = textArgument(text, "substringBefore");
  const at = given?.indexOf(`${textArgument(mark, "substringBefore", 2)}`);
  return at === undefined || at < 0 ? given : given?.slice(0, at);
}

/** $substringAfter: all of the text where the mark is not in it. */
export function querySubstringAfter(
  text: unknown,
  mark: unknown,
): string | undefined {
  const given = textArgument(text, "substringAfter");
  const after = `${textArgument(mark, "substringAfter", 2)}`;
  const at = given?.indexOf(after);
  return at === undefined || at < 0 ? given : given?.slice(at + after.length);
}

/** $uppercase. */
export function queryUppercase(text: unknown): string | undefined {
  return textArgument(text, "uppercase")?.toUpperCase();
}

/** $lowercase. */
export function queryLowercase(text: unknown): string | undefined {
  return textArgument(text, "lowercase")?.toLowerCase();
}

/** $trim: white space within is made one space. */
export function queryTrim(text: unknown): string | undefined {
  return textArgument(text, "trim")
    ?.replace(/[ \t\n\r]+/g, " ")
    .replace(/^ | $/g, "");
}

/** $pad: to the left where the width is negative. */
export function queryPad(
  text: unknown,
  width: unknown,
  fill?: unknown,
): string | undefined {
  const given = textArgument(text, "pad");
  const wanted = Math.trunc(numericArgument(width, "pad", 2) ?? Number.NaN);
  const by = textArgument(fill, "pad", 3) || " ";
  if (given === undefined) return undefined;
  const missing = Math.abs(wanted) - [...given].length;
  if (!(missing > 0)) return given;
  const padding = [...by.repeat(missing)].slice(0, missing).join("");
  return wanted > 0 ? given + padding : padding + given;
}

/** $join. */
export function queryJoin(
  texts: unknown,
  separator?: unknown,
): string | undefined {
  const between = textArgument(separator, "join", 2) ?? "";
  if (texts === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(texts) ? texts : [texts];
  if (list.some((item) => typeof item !== "string"))
    throw queryError(
      "T0412",
      'Argument 1 of function "join" must be an array of "strings"',
    );
  return list.join(between);
}

/** $base64encode: of the lowest byte of each UTF-16 unit, as JSONata has it. */
export function queryBase64Encode(text: unknown): string | undefined {
  const given = textArgument(text, "base64encode");
  if (given === undefined) return undefined;
  return base64Digits(given.split("").map((unit) => unit.charCodeAt(0) & 255));
}

/** $base64decode: a character for each byte. What is no digit is passed over. */
export function queryBase64Decode(text: unknown): string | undefined {
  const given = textArgument(text, "base64decode");
  if (given === undefined) return undefined;
  const alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
  let [bits, count, decoded] = [0, 0, ""];
  for (const digit of given.replace(/=[\s\S]*/, "")) {
    const value = alphabet.indexOf(digit);
    if (value < 0) continue;
    // `-` and `_` stand for `+` and `/` in addresses.
    bits = ((bits << 6) | (value > 63 ? value - 2 : value)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded += String.fromCharCode((bits >> count) & 255);
  }
  return decoded;
}

/** $encodeUrlComponent, $encodeUrl, $decodeUrlComponent and $decodeUrl, by their names. */
export function queryUrl(
  text: unknown,
  name: "encodeUrlComponent" | "encodeUrl" | "decodeUrlComponent" | "decodeUrl",
): string | undefined {
  const given = textArgument(text, name);
  if (given === undefined) return undefined;
  try {
    switch (name) {
      case "encodeUrlComponent":
        return encodeURIComponent(given);
      case "encodeUrl":
        return encodeURI(given);
      case "decodeUrlComponent":
        return decodeURIComponent(given);
      case "decodeUrl":
        return decodeURI(given);
    }
  } catch {
    throw queryError(
      "D3140",
      `Malformed URL passed to $${name}(): ${JSON.stringify(given)}`,
    );
  }
}
