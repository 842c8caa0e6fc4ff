import { queryError } from "./jsonata.ts";
import { argumentError } from "./jsonata-signatures.ts";

/** The characters that a picture of a number is made of (XPath Functions 3.1 §4.7.2). */
export interface NumberSymbols {
  readonly decimal: string;
  readonly grouping: string;
  readonly exponent: string;
  readonly minus: string;
  readonly percent: string;
  readonly perMille: string;
  readonly zero: string;
  readonly digit: string;
  readonly pattern: string;
}

/** What one half of a picture asks for (§4.7.4). Sizes are counts of digits. */
export interface NumberPicture {
  readonly text: string;
  readonly prefix: string;
  readonly suffix: string;
  /** Where separators stand in the integer part, from the decimal separator; at each multiple of `regular` where that is not 0. */
  readonly integerGroups: readonly number[];
  readonly regular: number;
  readonly fractionGroups: readonly number[];
  readonly leastInteger: number;
  readonly leastFraction: number;
  readonly mostFraction: number;
  readonly scaling: number;
  /** 0 where there is no exponent. */
  readonly leastExponent: number;
}

interface PictureParts {
  readonly text: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly active: string;
  readonly mantissa: string;
  readonly exponent: string | null;
  readonly integer: string;
  readonly fraction: string;
}

export function numberSymbols(options: unknown): NumberSymbols {
  const given = new Map(Object.entries(options ?? {}));
  const symbol = (name: string, usual: string): string => {
    const value = given.get(name) ?? usual;
    if (typeof value === "string" && value !== "") return value;
    throw argumentError("formatNumber", 3);
  };
  return {
    decimal: symbol("decimal-separator", "."),
    grouping: symbol("grouping-separator", ","),
    exponent: symbol("exponent-separator", "e"),
    minus: symbol("minus-sign", "-"),
    percent: symbol("percent", "%"),
    perMille: symbol("per-mille", "\u2030"),
    zero: symbol("zero-digit", "0"),
    digit: symbol("digit", "#"),
    pattern: symbol("pattern-separator", ";"),
  };
}

/** The ten digits from the one for zero on. */
export function digitFamily({ zero }: NumberSymbols): readonly string[] {
  const first = zero.charCodeAt(0);
  return Array.from({ length: 10 }, (_, digit) =>
    String.fromCharCode(first + digit),
  );
}

/** Reads the picture for numbers that are not negative, and the one for those that are. */
export function readNumberPicture(
  picture: string,
  symbols: NumberSymbols,
): readonly [NumberPicture, NumberPicture] {
  const halves = picture
    .split(symbols.pattern)
    .map((half) => pictureParts(half, symbols));
  if (halves.length > 2)
    throw queryError(
      "D3080",
      "The picture string must only contain a maximum of two sub-pictures",
    );
  for (const half of halves) checkPicture(half, symbols);
  const [positive, negative] = halves.map((half) =>
    analysedPicture(half, symbols),
  );
  if (positive === undefined) throw argumentError("formatNumber", 2);
  const opposite = { ...positive, prefix: symbols.minus + positive.prefix };
  return [positive, negative ?? opposite];
}

function pictureParts(text: string, symbols: NumberSymbols): PictureParts {
  const { decimal, grouping, exponent, digit, pattern } = symbols;
  const active = [...digitFamily(symbols), decimal, grouping, digit, pattern];
  const places = [...text.split("").keys()].filter((at) =>
    active.includes(text.charAt(at)),
  );
  const prefix = text.slice(0, places[0] ?? 0);
  const suffix = text.slice((places.at(-1) ?? text.length) + 1);
  const middle = text.slice(prefix.length, text.length - suffix.length);
  const at = text.indexOf(exponent, prefix.length);
  const hasExponent = at >= 0 && at <= text.length - suffix.length;
  const mantissa = hasExponent ? middle.slice(0, at) : middle;
  const point = mantissa.indexOf(decimal);
  return {
    text,
    prefix,
    suffix,
    active: middle,
    mantissa,
    exponent: hasExponent ? middle.slice(at + 1) : null,
    integer: point < 0 ? mantissa : mantissa.slice(0, point),
    fraction: point < 0 ? suffix : mantissa.slice(point + 1),
  };
}

/** Throws the last of the errors that there are, as JSONata does. */
function checkPicture(parts: PictureParts, symbols: NumberSymbols): void {
  const { text, active, mantissa, integer, fraction, exponent } = parts;
  const { decimal, grouping, percent, perMille, digit } = symbols;
  const digits = digitFamily(symbols);
  const isTwice = (mark: string): boolean =>
    text.indexOf(mark) !== text.lastIndexOf(mark);
  const isScaled = text.includes(percent) || text.includes(perMille);
  const known = [...digits, decimal, symbols.exponent, grouping, digit];
  const point = text.indexOf(decimal);
  const hasDigit = (part: string): boolean => hasAny(part, digits);
  const errors: readonly (readonly [string, boolean, string])[] = [
    ["D3081", isTwice(decimal), onlyOne("decimal-separator")],
    ["D3082", isTwice(percent), onlyOne("percent")],
    ["D3083", isTwice(perMille), onlyOne("per-mille")],
    [
      "D3084",
      text.includes(percent) && text.includes(perMille),
      "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
    ],
    [
      "D3085",
      !hasAny(mantissa, [...digits, digit]),
      "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit character' or a member of the 'decimal digit family'",
    ],
    [
      "D3086",
      !active
        .split("")
        .every((char) => known.includes(char) || char === symbols.pattern),
      "The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character",
    ],
    [
      "D3087",
      point >= 0 &&
        [point - 1, point + 1].some((at) => text.charAt(at) === grouping),
      "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a 'decimal-separator' character",
    ],
    [
      "D3088",
      point < 0 && integer.charAt(integer.length - 1) === grouping,
      "The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
    ],
    [
      "D3089",
      text.includes(grouping + grouping),
      "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character",
    ],
    [
      "D3090",
      integer.includes(digit) &&
        hasDigit(integer.slice(0, integer.indexOf(digit))),
      "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is followed by an instance of the 'optional digit character'",
    ],
    [
      "D3091",
      fraction.includes(digit) &&
        hasDigit(fraction.slice(fraction.lastIndexOf(digit))),
      "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that is followed by a member of the 'decimal digit family'",
    ],
    [
      "D3092",
      exponent !== null && exponent !== "" && isScaled,
      "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an 'exponent-separator'",
    ],
    [
      "D3093",
      exponent !== null &&
        (exponent === "" || countOf(exponent, digits) < exponent.length),
      "The exponent part of the sub-picture must comprise only of one or more characters that are members of the 'decimal digit family'",
    ],
  ];
  const wrong = errors.findLast(([, isWrong]) => isWrong);
  if (wrong !== undefined) throw queryError(wrong[0], wrong[2]);
}

function onlyOne(mark: string): string {
  return `The sub-picture must not contain more than one instance of the '${mark}' character`;
}

function hasAny(text: string, characters: readonly string[]): boolean {
  return countOf(text, characters) > 0;
}

function countOf(text: string, characters: readonly string[]): number {
  return text.split("").filter((char) => characters.includes(char)).length;
}

function analysedPicture(
  { text, prefix, suffix, integer, fraction, exponent }: PictureParts,
  symbols: NumberSymbols,
): NumberPicture {
  const digits = digitFamily(symbols);
  const places = [...digits, symbols.digit];
  const groups = placesOf(integer, integer, symbols.grouping).map((at) =>
    countOf(integer.slice(at), places),
  );
  const scaling = countOf(integer, digits);
  const mostFraction = countOf(fraction, places);
  const hasNone = scaling === 0 && mostFraction === 0;
  const leastFraction =
    hasNone && exponent !== null ? 1 : countOf(fraction, digits);
  const leastInteger =
    (hasNone && exponent === null) ||
    (exponent !== null && scaling === 0 && integer.includes(symbols.digit))
      ? 1
      : scaling;
  return {
    text,
    prefix,
    suffix,
    integerGroups: groups,
    regular: regularInterval(groups),
    fractionGroups: placesOf(fraction, integer, symbols.grouping).map((at) =>
      countOf(fraction.slice(0, at), places),
    ),
    leastInteger,
    leastFraction:
      leastInteger === 0 && leastFraction === 0 ? 1 : leastFraction,
    mostFraction: hasNone && exponent !== null ? 1 : mostFraction,
    scaling,
    leastExponent: countOf(exponent ?? "", digits),
  };
}

/** Where a mark is in a part; after the first place JSONata looks for it in the integer part, whatever the part. */
function placesOf(part: string, integer: string, mark: string): number[] {
  const places: number[] = [];
  for (let at = part.indexOf(mark); at >= 0; at = integer.indexOf(mark, at + 1))
    places.push(at);
  return places;
}

/** The interval at which all these places follow each other; 0 where there is none. */
export function regularInterval(places: readonly number[]): number {
  const divisor = (left: number, right: number): number =>
    right === 0 ? left : divisor(right, left % right);
  const interval = places.length === 0 ? 0 : places.reduce(divisor);
  const isRegular = places.every((_, index) =>
    places.includes((index + 1) * interval),
  );
  return isRegular ? interval : 0;
}
