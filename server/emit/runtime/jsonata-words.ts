const smallWords = [
  "Zero",
  "One",
  "Two",
  "Three",
  "Four",
  "Five",
  "Six",
  "Seven",
  "Eight",
  "Nine",
  "Ten",
  "Eleven",
  "Twelve",
  "Thirteen",
  "Fourteen",
  "Fifteen",
  "Sixteen",
  "Seventeen",
  "Eighteen",
  "Nineteen",
] as const;

const smallOrdinals = [
  "Zeroth",
  "First",
  "Second",
  "Third",
  "Fourth",
  "Fifth",
  "Sixth",
  "Seventh",
  "Eighth",
  "Ninth",
  "Tenth",
  "Eleventh",
  "Twelfth",
  "Thirteenth",
  "Fourteenth",
  "Fifteenth",
  "Sixteenth",
  "Seventeenth",
  "Eighteenth",
  "Nineteenth",
] as const;

const tensWords = [
  "Twenty",
  "Thirty",
  "Forty",
  "Fifty",
  "Sixty",
  "Seventy",
  "Eighty",
  "Ninety",
] as const;

const magnitudes = ["Thousand", "Million", "Billion", "Trillion"] as const;

/** A whole number in English words: `Two Thousand and Five`. */
export function numberWords(
  value: number,
  isOrdinal: boolean,
  isAfter = false,
): string {
  if (value <= 19)
    return `${isAfter ? " and " : ""}${(isOrdinal ? smallOrdinals : smallWords)[value] ?? ""}`;
  if (value < 100) {
    const tens = tensWords[Math.floor(value / 10) - 2] ?? "";
    const start = isAfter ? ` and ${tens}` : tens;
    if (value % 10 > 0) return `${start}-${numberWords(value % 10, isOrdinal)}`;
    return isOrdinal ? `${start.slice(0, -1)}ieth` : start;
  }
  const magnitude =
    value < 1000
      ? 0
      : Math.min(Math.floor(Math.log10(value) / 3), magnitudes.length);
  const factor = magnitude === 0 ? 100 : 10 ** (magnitude * 3);
  const count = Math.floor(value / factor);
  const name = magnitude === 0 ? "Hundred" : magnitudes[magnitude - 1];
  const start = `${isAfter ? ", " : ""}${numberWords(count, false)} ${name}`;
  const rest = value - count * factor;
  if (rest > 0) return start + numberWords(rest, isOrdinal, true);
  return isOrdinal ? `${start}th` : start;
}

/** All words that numbers are written with, in lower case, and what they stand for. */
export function wordValues(): ReadonlyMap<string, number> {
  const all: (readonly [string, number])[] = [];
  for (const words of [smallWords, smallOrdinals])
    all.push(...words.map((word, index) => [word, index] as const));
  for (const [index, word] of [...tensWords, "Hundred"].entries()) {
    const value = (index + 2) * 10;
    all.push([word, value], [`${word.slice(0, -1)}ieth`, value]);
  }
  all.push(["Hundredth", 100]);
  for (const [index, word] of magnitudes.entries())
    all.push(
      [word, 10 ** ((index + 1) * 3)],
      [`${word}th`, 10 ** ((index + 1) * 3)],
    );
  return new Map(all.map(([word, value]) => [word.toLowerCase(), value]));
}

/** The number that words in lower case stand for; NaN where one of them is none. */
export function numberOfWords(text: string): number {
  const values = wordValues();
  const sums = [0];
  for (const word of text.split(/,\s|\sand\s|[\s\\-]/)) {
    const value = values.get(word) ?? Number.NaN;
    const last = sums.pop() ?? 0;
    if (!(value < 100)) sums.push(last * value);
    else if (last >= 1000) sums.push(last, value);
    else sums.push(last + value);
  }
  return sums.reduce((total, value) => total + value, 0);
}

const romanNumerals = [
  [1000, "m"],
  [900, "cm"],
  [500, "d"],
  [400, "cd"],
  [100, "c"],
  [90, "xc"],
  [50, "l"],
  [40, "xl"],
  [10, "x"],
  [9, "ix"],
  [5, "v"],
  [4, "iv"],
  [1, "i"],
] as const;

/** A number in Roman numerals, in lower case. */
export function romanNumeral(value: number): string {
  let rest = value;
  let text = "";
  for (const [worth, letters] of romanNumerals) {
    const count = Math.floor(rest / worth);
    text += letters.repeat(count);
    rest -= count * worth;
  }
  return text;
}

/** The value of a Roman numeral in upper case; NaN where it is none. */
export function romanValue(numeral: string): number {
  const worths = new Map<string, number>(
    romanNumerals.map(([worth, letters]) => [letters.toUpperCase(), worth]),
  );
  let value = 0;
  let most = 1;
  for (const letter of numeral.split("").reverse()) {
    const worth = worths.get(letter) ?? Number.NaN;
    if (worth < most) value -= worth;
    else {
      most = worth;
      value += worth;
    }
  }
  return value;
}

/** A number as spreadsheets name columns: a, b, …, z, aa. */
export function lettersOf(value: number, first: string): string {
  let text = "";
  for (let rest = value; rest > 0; rest = Math.floor((rest - 1) / 26))
    text = String.fromCharCode(((rest - 1) % 26) + first.charCodeAt(0)) + text;
  return text;
}

export function lettersValue(letters: string, first: string): number {
  return letters
    .split("")
    .reverse()
    .reduce(
      (sum, letter, index) =>
        sum + (letter.charCodeAt(0) - first.charCodeAt(0) + 1) * 26 ** index,
      0,
    );
}
