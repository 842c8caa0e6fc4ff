import { queryError } from "./jsonata.ts";
import { dateField, dayNames, monthNames } from "./jsonata-date-fields.ts";
import { nameError } from "./jsonata-date-format.ts";
import {
  type DateMarker,
  type DatePart,
  readDatePicture,
} from "./jsonata-date-pictures.ts";
import {
  type IntegerPicture,
  parsedInteger,
  sequenceError,
} from "./jsonata-integers.ts";
import { findRegex } from "./jsonata-regex.ts";
import { readRegex } from "./jsonata-regex-syntax.ts";
import { argumentError } from "./jsonata-signatures.ts";
import { textArgument } from "./jsonata-text.ts";
import { wordValues } from "./jsonata-words.ts";
import type { Scope } from "./scope.ts";

/** More digits are no number that a date has. */
const mostDigits = 1000;

/** How a part of a date is found in a text, as a regular expression, and what it says. */
interface DateReader {
  readonly component: string;
  readonly pattern: string;
  readonly read: (text: string) => number | undefined;
}

/** $toMillis with a picture; nothing where the text is not of that form. What leads the picture is taken from the run's clock. */
export function queryParseDate(
  scope: Scope,
  timestamp: unknown,
  picture: unknown,
): number | undefined {
  const given = textArgument(timestamp, "toMillis");
  const written = textArgument(picture, "toMillis", 2);
  if (given === undefined) return undefined;
  if (written === undefined) throw argumentError("toMillis", 2);
  const readers = readDatePicture(written).map(readerOf);
  const pattern = readers.map((reader) => `(${reader.pattern})`).join("");
  const found = findRegex(readRegex(`^${pattern}$`, "i"), given, 0);
  if (found === null) return undefined;
  const fields = new Map<string, number | undefined>();
  for (const [index, { component, read }] of readers.entries()) {
    const text = given.slice(found[2 * index + 2], found[2 * index + 3]);
    if (component !== "") fields.set(component, read(text));
  }
  return fields.size === 0
    ? undefined
    : millisOf(fields, new Date(scope.run.clock.now()));
}

function readerOf(part: DatePart): DateReader {
  if (part.kind === "literal") {
    const pattern = part.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return { component: "", pattern, read: () => undefined };
  }
  const { component, integer } = part;
  if (component === "Z" || component === "z") return zoneReader(part);
  if (component === "f" && integer !== null) {
    const read = (text: string): number =>
      Number(`0.${text.slice(0, 3)}`) * 1000;
    return { component, pattern: "[0-9]+", read };
  }
  if (integer === null) return nameReader(part);
  const read = (text: string): number => parsedInteger(text, integer);
  return { component, pattern: integerPattern(integer, part.readDigits), read };
}

function zoneReader({ component, integer }: DateMarker): DateReader {
  const mark =
    integer !== null && integer.regular > 0
      ? (integer.groups[0]?.separator ?? "")
      : "";
  const start = component === "z" ? 3 : 0;
  const pattern = `${component === "z" ? "GMT" : ""}[-+][0-9]+${mark === "" ? "" : `${mark}[0-9]+`}`;
  const read = (text: string): number => {
    const zone = text.slice(start);
    const end = mark !== "" ? zone.indexOf(mark) : Math.min(zone.length, 3);
    const minutes = zone.slice(end + mark.length);
    return (
      Number.parseInt(zone.slice(0, end), 10) * 60 +
      (minutes === "" ? 0 : Number.parseInt(minutes, 10))
    );
  };
  return { component, pattern, read };
}

function nameReader({ component, width }: DateMarker): DateReader {
  const length = width?.most || undefined;
  const names = new Map<string, number>();
  if (component === "P")
    for (const [name, value] of [
      ["am", 0],
      ["AM", 0],
      ["pm", 1],
      ["PM", 1],
    ] as const)
      names.set(name, value);
  else if (component === "F" || component === "M" || component === "x")
    for (const [index, name] of (component === "F"
      ? dayNames
      : monthNames
    ).entries())
      names.set(name.slice(0, length), index + 1);
  else throw nameError(component);
  return { component, pattern: "[a-zA-Z]+", read: (text) => names.get(text) };
}

function integerPattern(
  picture: IntegerPicture,
  digits: number | null,
): string {
  const { kind, letterCase, isOrdinal } = picture;
  const isUpper = letterCase === "upper";
  if (kind === "sequence") throw sequenceError(picture);
  if (kind === "letters") return isUpper ? "[A-Z]+" : "[a-z]+";
  if (kind === "roman") return isUpper ? "[MDCLXVI]+" : "[mdclxvi]+";
  if (kind === "words")
    return `(?:${[...wordValues().keys(), "and", "[\\-, ]"].join("|")})+`;
  const count = digits === null ? "+" : `{${Math.min(digits, mostDigits)}}`;
  return `[0-9]${count}${isOrdinal ? "(?:th|st|nd|rd)" : ""}`;
}

/**
 * The time that fields say. Fields before the first that is given are those of now, fields after the last are the least;
 * none may be missing in between, and weeks are not read, as JSONata has it.
 */
function millisOf(
  given: ReadonlyMap<string, number | undefined>,
  now: Date,
): number {
  const isGivenAs = (form: string, all: string): boolean => {
    const set = all.split("").filter((field) => Boolean(given.get(field)));
    return set.length > 0 && set.every((field) => form.includes(field));
  };
  const isDateAs = (form: string): boolean => isGivenAs(form, "YXMxWwdD");
  const isByDay = !isDateAs("YMD") && isDateAs("Yd");
  const isByWeek = isDateAs("Xxw") || isDateAs("XW");
  const isHalfDay =
    !isGivenAs("Hmsf", "PHhmsf") && isGivenAs("Phmsf", "PHhmsf");
  const days = isByDay
    ? "YD"
    : isDateAs("Xxw")
      ? "XxwF"
      : isByWeek
        ? "XWF"
        : "YMD";
  const fields = completedFields(
    given,
    days + (isHalfDay ? "Phmsf" : "Hmsf"),
    now,
  );
  if (isByWeek) throw missingFields();
  const get = (field: string): number => fields.get(field) ?? 0;
  const hours = isHalfDay
    ? (get("h") === 12 ? 0 : get("h")) + 12 * get("P")
    : get("H");
  const day = new Date(Date.UTC(get("Y"), 0, get("d")));
  const date = isByDay
    ? Date.UTC(get("Y"), day.getUTCMonth(), day.getUTCDate())
    : Date.UTC(get("Y"), Math.max(0, get("M") - 1), get("D"));
  const time = ((hours * 60 + get("m")) * 60 + get("s")) * 1000;
  return date + time + Math.trunc(get("f")) - (get("Z") || get("z")) * 60_000;
}

function completedFields(
  given: ReadonlyMap<string, number | undefined>,
  order: string,
  now: Date,
): ReadonlyMap<string, number> {
  const fields = new Map<string, number>();
  for (const [field, value] of given)
    if (value !== undefined) fields.set(field, value);
  let isAfter = false;
  let isPast = false;
  for (const field of order) {
    if (fields.has(field) && isPast) throw missingFields();
    isPast ||= isAfter && !fields.has(field);
    isAfter ||= fields.has(field);
    const usual = isAfter
      ? Number("MDd".includes(field))
      : dateField(now, field);
    if (!fields.has(field))
      fields.set(field, typeof usual === "number" ? usual : 0);
  }
  return fields;
}

function missingFields(): Error {
  return queryError(
    "D3136",
    "The date/time picture string is missing specifiers required to parse the timestamp",
  );
}
