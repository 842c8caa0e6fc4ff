import { queryError } from "./jsonata.ts";
import { dateField, dayNames, monthNames } from "./jsonata-date-fields.ts";
import { type DateMarker, readDatePicture } from "./jsonata-date-pictures.ts";
import {
  formattedInteger,
  type IntegerPicture,
  readIntegerPicture,
} from "./jsonata-integers.ts";
import { numericArgument, textArgument } from "./jsonata-text.ts";
import type { Scope } from "./scope.ts";

/** How far a zone is before UTC, as `-0530` says it. */
interface ZoneOffset {
  readonly hours: number;
  readonly minutes: number;
}

/** $now with a picture, by the run's clock. */
export function queryNow(
  scope: Scope,
  picture?: unknown,
  zone?: unknown,
): string | undefined {
  return queryFormatDate(scope.run.clock.now(), picture, zone, "now", 0);
}

/** $fromMillis with a picture: `[Y0001]-[M01]-[D01]`, by default an ISO 8601 timestamp; in a zone such as `+0200`. */
export function queryFormatDate(
  millis: unknown,
  picture?: unknown,
  zone?: unknown,
  name = "fromMillis",
  first = 1,
): string | undefined {
  const given = numericArgument(millis, name);
  const written =
    textArgument(picture, name, first + 1) ??
    "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";
  const offset = Number.parseInt(
    textArgument(zone, name, first + 2) ?? "0",
    10,
  );
  if (given === undefined) return undefined;
  const hours = Math.floor(offset / 100);
  const minutes = offset % 100;
  const date = new Date(given + (60 * hours + minutes) * 60_000);
  if (Number.isNaN(date.getTime()))
    throw queryError("D1001", `Number out of range: ${JSON.stringify(millis)}`);
  return readDatePicture(written)
    .map((part) =>
      part.kind === "literal"
        ? part.text
        : formattedField(date, part, { hours, minutes }),
    )
    .join("");
}

function formattedField(
  date: Date,
  marker: DateMarker,
  offset: ZoneOffset,
): string {
  const { component, names, integer, yearDigits } = marker;
  if (component === "Z" || component === "z")
    return formattedZone(offset, marker);
  const field = dateField(date, component);
  if (typeof field === "string")
    return names === "upper" && component === "P" ? field.toUpperCase() : field;
  if (integer === null) return fieldName(field, marker);
  return formattedInteger(
    yearDigits === null ? field : field % 10 ** yearDigits,
    integer,
  );
}

function fieldName(
  field: number,
  { component, names, width }: DateMarker,
): string {
  const known =
    component === "F" ? dayNames : "Mx".includes(component) ? monthNames : null;
  if (known === null) throw nameError(component);
  const name = known[field - 1] ?? "";
  const written =
    names === "upper"
      ? name.toUpperCase()
      : names === "lower"
        ? name.toLowerCase()
        : name;
  return written.slice(0, width?.most ?? written.length);
}

export function nameError(component: string): Error {
  return queryError(
    "D3133",
    `The 'name' modifier can only be applied to months and days in the date/time picture string, not ${JSON.stringify(component)}`,
  );
}

function formattedZone(
  { hours, minutes }: ZoneOffset,
  { component, integer, modifier }: DateMarker,
): string {
  const offset = hours * 100 + minutes;
  if (offset === 0 && modifier === "t") return "Z";
  const sign = offset >= 0 ? "+" : "";
  const digits = integer === null ? "" : zoneDigits(hours, minutes, integer);
  return (component === "z" ? "GMT" : "") + sign + digits;
}

function zoneDigits(
  hours: number,
  minutes: number,
  integer: IntegerPicture,
): string {
  const { mandatory, regular } = integer;
  if (regular > 0 || mandatory === 3 || mandatory === 4)
    return formattedInteger(hours * 100 + minutes, integer);
  if (mandatory !== 1 && mandatory !== 2)
    throw queryError(
      "D3134",
      "The timezone integer format specifier cannot have more than four digits",
    );
  const rest =
    minutes === 0
      ? ""
      : `:${formattedInteger(minutes, readIntegerPicture("00"))}`;
  return formattedInteger(hours, integer) + rest;
}
