import {
  digitFamily,
  type NumberPicture,
  type NumberSymbols,
  numberSymbols,
  readNumberPicture,
} from "./jsonata-number-pictures.ts";
import { queryRound } from "./jsonata-numbers.ts";
import { argumentError } from "./jsonata-signatures.ts";
import { numericArgument, textArgument } from "./jsonata-text.ts";

/** $formatNumber: by a picture such as `#,##0.00` (XPath Functions 3.1 §4.7). */
export function queryFormatNumber(
  value: unknown,
  picture: unknown,
  options?: unknown,
): string | undefined {
  const given = numericArgument(value, "formatNumber");
  const pattern = textArgument(picture, "formatNumber", 2);
  if (
    options !== undefined &&
    (typeof options !== "object" || options === null || Array.isArray(options))
  )
    throw argumentError("formatNumber", 3);
  if (given === undefined) return undefined;
  if (pattern === undefined) throw argumentError("formatNumber", 2);
  const symbols = numberSymbols(options);
  const pictures = readNumberPicture(pattern, symbols);
  return formattedNumber(given, pictures[given >= 0 ? 0 : 1], symbols);
}

function formattedNumber(
  value: number,
  picture: NumberPicture,
  symbols: NumberSymbols,
): string {
  const { text, prefix, suffix, mostFraction, leastExponent } = picture;
  const scaled = text.includes(symbols.percent)
    ? value * 100
    : text.includes(symbols.perMille)
      ? value * 1000
      : value;
  const { mantissa, exponent } =
    leastExponent === 0
      ? { mantissa: scaled, exponent: 0 }
      : withExponent(scaled, picture.scaling);
  const rounded = queryRound(mantissa, mostFraction) ?? 0;
  const digits = paddedNumber(
    digitsOf(rounded, mostFraction, symbols),
    picture,
    symbols,
  );
  const grouped = groupedNumber(digits, picture, symbols);
  const end = exponentText(exponent, leastExponent, symbols);
  return prefix + withoutPoint(grouped, picture, symbols) + end + suffix;
}

function withExponent(
  value: number,
  scaling: number,
): { readonly mantissa: number; readonly exponent: number } {
  let mantissa = value;
  let exponent = 0;
  if (value === 0 || !Number.isFinite(value)) return { mantissa, exponent };
  for (; Math.abs(mantissa) < 10 ** (scaling - 1); exponent--) mantissa *= 10;
  for (; Math.abs(mantissa) > 10 ** scaling; exponent++) mantissa /= 10;
  return { mantissa, exponent };
}

/** The digits of a number without its sign, in the digits of the picture. */
function digitsOf(
  value: number,
  fraction: number,
  symbols: NumberSymbols,
): string {
  const written = Math.abs(value).toFixed(fraction);
  if (symbols.zero === "0") return written;
  const family = digitFamily(symbols);
  return written.replace(/\d/g, (digit) => family[Number(digit)] ?? digit);
}

/** Without needless zeros at both ends, and with those that the picture asks for. There is always a decimal separator. */
function paddedNumber(
  written: string,
  { leastInteger, leastFraction }: NumberPicture,
  { decimal, zero }: NumberSymbols,
): string {
  let digits = written.includes(".")
    ? written.replace(".", () => decimal)
    : written + decimal;
  while (digits.charAt(0) === zero) digits = digits.slice(1);
  while (digits.charAt(digits.length - 1) === zero)
    digits = digits.slice(0, -1);
  const point = digits.indexOf(decimal);
  const left = Math.max(0, leastInteger - point);
  const right = Math.max(0, leastFraction - (digits.length - point - 1));
  return zero.repeat(left) + digits + zero.repeat(right);
}

function groupedNumber(
  digits: string,
  { regular, integerGroups, fractionGroups }: NumberPicture,
  { decimal, grouping }: NumberSymbols,
): string {
  let text = digits;
  let point = digits.indexOf(decimal);
  const insert = (at: number): void => {
    text = text.slice(0, at) + grouping + text.slice(at);
  };
  if (regular > 0) {
    const count = Math.floor((point - 1) / regular);
    for (let group = 1; group <= count; group++)
      insert(point - group * regular);
  } else for (const place of integerGroups) insert(point++ - place);
  point = text.indexOf(decimal);
  for (const place of fractionGroups) insert(place + point + 1);
  return text;
}

/** Without a decimal separator that the picture has not, or that nothing follows. */
function withoutPoint(
  digits: string,
  { text }: NumberPicture,
  { decimal }: NumberSymbols,
): string {
  const isLast = digits.indexOf(decimal) === digits.length - 1;
  return !text.includes(decimal) || isLast ? digits.slice(0, -1) : digits;
}

function exponentText(
  exponent: number,
  least: number,
  symbols: NumberSymbols,
): string {
  if (least === 0) return "";
  const digits = digitsOf(exponent, 0, symbols);
  const sign = exponent < 0 ? symbols.minus : "";
  return symbols.exponent + sign + digits.padStart(least, symbols.zero);
}
