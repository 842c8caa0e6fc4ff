import { queryError } from "./jsonata.ts";
import { regularInterval } from "./jsonata-number-pictures.ts";
import { argumentError } from "./jsonata-signatures.ts";
import { numericArgument, textArgument } from "./jsonata-text.ts";
import {
  lettersOf,
  lettersValue,
  numberOfWords,
  numberWords,
  romanNumeral,
  romanValue,
} from "./jsonata-words.ts";

interface DigitGroup {
  /** From the right, in digits. */
  readonly position: number;
  readonly separator: string;
}

/** How whole numbers are written (XPath Functions 3.1 §4.6). */
export interface IntegerPicture {
  readonly kind: "letters" | "roman" | "words" | "digits" | "sequence";
  readonly letterCase: "upper" | "lower" | "title";
  readonly isOrdinal: boolean;
  /** As it was written, without its modifier. */
  readonly text: string;
  /** The code of the digit for zero. */
  readonly zero: number;
  readonly mandatory: number;
  readonly optional: number;
  readonly groups: readonly DigitGroup[];
  /** The interval of separators that are all the same; 0 where they stand otherwise. */
  readonly regular: number;
}

/** $formatInteger: by a picture such as `w`, `I` or `#,##0`. */
export function queryFormatInteger(
  value: unknown,
  picture: unknown,
): string | undefined {
  const given = numericArgument(value, "formatInteger");
  const pattern = textArgument(picture, "formatInteger", 2);
  if (given === undefined) return undefined;
  if (pattern === undefined) throw argumentError("formatInteger", 2);
  return formattedInteger(Math.floor(given), readIntegerPicture(pattern));
}

/** $parseInteger: what $formatInteger has written. */
export function queryParseInteger(
  text: unknown,
  picture: unknown,
): number | undefined {
  const given = textArgument(text, "parseInteger");
  const pattern = textArgument(picture, "parseInteger", 2);
  if (given === undefined) return undefined;
  if (pattern === undefined) throw argumentError("parseInteger", 2);
  return parsedInteger(given, readIntegerPicture(pattern));
}

export function readIntegerPicture(picture: string): IntegerPicture {
  const end = picture.lastIndexOf(";");
  const text = end < 0 ? picture : picture.slice(0, end);
  const isOrdinal = end >= 0 && picture.charAt(end + 1) === "o";
  const usual = { text, isOrdinal, zero: 0x30, mandatory: 0, optional: 0 };
  const plain = { ...usual, groups: [], regular: 0 };
  switch (text) {
    case "A":
    case "a":
      return { ...plain, kind: "letters", letterCase: caseOf(text) };
    case "I":
    case "i":
      return { ...plain, kind: "roman", letterCase: caseOf(text) };
    case "W":
    case "w":
      return { ...plain, kind: "words", letterCase: caseOf(text) };
    case "Ww":
      return { ...plain, kind: "words", letterCase: "title" };
    default:
      return { ...plain, ...readDigits(text), letterCase: "lower" };
  }
}

function caseOf(letter: string): "upper" | "lower" {
  return letter === letter.toUpperCase() ? "upper" : "lower";
}

/** The codes of zero in the writings that have digits of their own. */
const zeros: readonly number[] = [
  0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66,
  0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810,
  0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
  0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

function readDigits(
  text: string,
): Pick<
  IntegerPicture,
  "kind" | "zero" | "mandatory" | "optional" | "groups" | "regular"
> {
  const groups: DigitGroup[] = [];
  let [zero, mandatory, optional] = [0, 0, 0];
  for (const character of Array.from(text).reverse()) {
    const code = character.codePointAt(0) ?? 0;
    const family = zeros.find((first) => code >= first && code <= first + 9);
    if (family === undefined && character !== "#")
      groups.push({ position: mandatory + optional, separator: character });
    else if (family === undefined) optional++;
    else if (mandatory++ === 0) zero = family;
    else if (family !== zero)
      throw queryError(
        "D3131",
        "In a decimal digit pattern, all digits must be from the same decimal group",
      );
  }
  const isSame = groups.every(
    ({ separator }) => separator === groups[0]?.separator,
  );
  const regular = isSame
    ? regularInterval(groups.map(({ position }) => position))
    : 0;
  const kind = mandatory > 0 ? "digits" : "sequence";
  return { kind, zero, mandatory, optional, groups, regular };
}

/** More would be thousands of letters. */
const mostRoman = 10_000_000;

export function formattedInteger(
  value: number,
  picture: IntegerPicture,
): string {
  const { kind, letterCase } = picture;
  const size = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (kind === "sequence") throw sequenceError(picture);
  if (kind === "digits") return sign + formattedDigits(size, picture);
  if (!Number.isFinite(size) || (kind === "roman" && size > mostRoman))
    throw queryError("D1001", `Number out of range: ${JSON.stringify(value)}`);
  const text =
    kind === "words"
      ? numberWords(size, picture.isOrdinal)
      : kind === "roman"
        ? romanNumeral(size)
        : lettersOf(size, "a");
  if (letterCase === "title") return sign + text;
  return (
    sign + (letterCase === "upper" ? text.toUpperCase() : text.toLowerCase())
  );
}

export function sequenceError({ text }: IntegerPicture): Error {
  return queryError(
    "D3130",
    `Formatting or parsing an integer as a sequence starting with ${JSON.stringify(text)} is not supported by this implementation`,
  );
}

function formattedDigits(
  value: number,
  { zero, mandatory, groups, regular, isOrdinal }: IntegerPicture,
): string {
  const digits = Array.from(String(value).padStart(mandatory, "0"));
  let text = digits
    .map((digit) =>
      String.fromCodePoint((digit.codePointAt(0) ?? 0) + zero - 0x30),
    )
    .join("");
  const insert = (position: number, separator: string): void => {
    const at = text.length - position;
    text = text.slice(0, Math.max(at, 0)) + separator + text.slice(at);
  };
  if (regular > 0) {
    const count = Math.floor((text.length - 1) / regular);
    for (let group = count; group > 0; group--)
      insert(group * regular, groups[0]?.separator ?? "");
  } else
    for (const { position, separator } of groups.toReversed())
      insert(position, separator);
  return isOrdinal ? text + ordinalSuffix(text) : text;
}

function ordinalSuffix(text: string): string {
  const last = text.charAt(text.length - 1);
  if (text.charAt(text.length - 2) === "1") return "th";
  return last === "1" ? "st" : last === "2" ? "nd" : last === "3" ? "rd" : "th";
}

export function parsedInteger(text: string, picture: IntegerPicture): number {
  const { kind, letterCase, isOrdinal, zero, groups, regular } = picture;
  if (kind === "sequence") throw sequenceError(picture);
  if (kind === "words") return numberOfWords(text.toLowerCase());
  const isUpper = letterCase === "upper";
  if (kind === "roman") return romanValue(isUpper ? text : text.toUpperCase());
  if (kind === "letters") return lettersValue(text, isUpper ? "A" : "a");
  let digits = isOrdinal ? text.slice(0, -2) : text;
  // Regular separators are taken for commas, whatever the picture has.
  for (const mark of regular > 0
    ? [","]
    : groups.map(({ separator }) => separator))
    digits = digits.replaceAll(mark, "");
  const ascii = digits
    .split("")
    .map((digit) => String.fromCharCode(digit.charCodeAt(0) - zero + 0x30));
  return Number.parseInt(ascii.join(""), 10);
}
