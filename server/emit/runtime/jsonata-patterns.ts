import { queryError } from "./jsonata.ts";
import { callbackArgument, type QueryCallback } from "./jsonata-functions.ts";
import { findRegex } from "./jsonata-regex.ts";
import { readRegex } from "./jsonata-regex-syntax.ts";
import { sequenceOf } from "./jsonata-sequences.ts";
import { argumentError } from "./jsonata-signatures.ts";
import { numericArgument, textArgument } from "./jsonata-text.ts";

/** What a regular expression finds, and how to find what comes after it. */
export interface QueryMatch {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
  readonly next: () => unknown;
}

/** A regular expression as a function: it finds the first match from a place on. */
export function queryPattern(
  source: string,
  flags: string,
): (text: unknown, from?: unknown) => QueryMatch | undefined {
  const regex = readRegex(source, flags);
  const find = (text: string, from: number): QueryMatch | undefined => {
    const ends = from > text.length ? null : findRegex(regex, text, from);
    if (ends === null) return undefined;
    const [start = 0, end = 0] = ends;
    const groups = Array.from({ length: regex.groups }, (_, index) => {
      const [first = -1, last] = ends.slice(2 * index + 2);
      return first < 0 ? undefined : text.slice(first, last);
    });
    const next = (): QueryMatch | undefined => {
      const following = end >= text.length ? undefined : find(text, end);
      if (following?.match !== "") return following;
      throw queryError(
        "D1004",
        "Regular expression matches zero length string",
      );
    };
    return { match: text.slice(start, end), start, end, groups, next };
  };
  return (text, from) =>
    find(String(text), typeof from === "number" ? from : 0);
}

function matchesIn(
  text: string,
  pattern: unknown,
  name: string,
  limit = Number.POSITIVE_INFINITY,
): readonly QueryMatch[] {
  const find = callbackArgument(pattern, name);
  const found: QueryMatch[] = [];
  if (limit <= 0) return found;
  for (
    let match = matchOf(find(text), name);
    match !== undefined && found.length < limit;
    match = matchOf(match.next(), name)
  )
    found.push(match);
  return found;
}

/** What a function that finds matches has found: it may be one of the expression's own. */
function matchOf(value: unknown, name: string): QueryMatch | undefined {
  if (value === undefined) return undefined;
  const { match, start, end, groups, next } = Object(value);
  if (
    typeof match === "string" &&
    typeof start === "number" &&
    typeof end === "number" &&
    Array.isArray(groups) &&
    typeof next === "function"
  )
    return { match, start, end, groups, next: () => next() };
  throw queryError(
    "T1010",
    `The matcher function argument passed to function "${name}" does not return the correct object structure`,
  );
}

/** $contains. */
export function queryContains(
  text: unknown,
  mark: unknown,
): boolean | undefined {
  const given = textArgument(text, "contains");
  if (given === undefined || mark === undefined) return undefined;
  if (typeof mark === "string") return given.includes(mark);
  return callbackArgument(mark, "contains")(given) !== undefined;
}

/** $match. */
export function queryMatches(
  text: unknown,
  pattern: unknown,
  limit?: unknown,
): unknown[] | undefined {
  const given = textArgument(text, "match");
  const count = limitArgument(limit, "match", 3, "D3040", "Third");
  if (given === undefined) return undefined;
  return sequenceOf(
    matchesIn(given, pattern, "match", count).map(
      ({ match, start, groups }) => ({ match, index: start, groups }),
    ),
  );
}

/** $split. */
export function querySplit(
  text: unknown,
  separator: unknown,
  limit?: unknown,
): string[] | undefined {
  const given = textArgument(text, "split");
  const count = limitArgument(limit, "split", 3, "D3020", "Third");
  if (given === undefined) return undefined;
  if (typeof separator === "string") return given.split(separator, count);
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of matchesIn(given, separator, "split", count)) {
    parts.push(given.slice(from, start));
    from = end;
  }
  if (count === undefined || parts.length < count)
    parts.push(given.slice(from));
  return parts;
}

/** $replace: `$1` in a replacement stands for what the first group matched. */
export function queryReplace(
  text: unknown,
  pattern: unknown,
  replacement: unknown,
  limit?: unknown,
): string | undefined {
  const given = textArgument(text, "replace");
  const count = limitArgument(limit, "replace", 4, "D3011", "Fourth");
  if (given === undefined) return undefined;
  if (pattern === "")
    throw queryError(
      "D3010",
      "Second argument of replace function cannot be an empty string",
    );
  if (typeof replacement !== "string" && typeof replacement !== "function")
    throw argumentError("replace", 3);
  if (typeof pattern === "string") {
    if (typeof replacement !== "string") throw replacementError();
    const parts = given.split(pattern);
    const kept = count === undefined ? parts.length : Math.ceil(count) + 1;
    const rest = parts.slice(kept);
    const start = parts.slice(0, kept).join(replacement);
    return [start, ...rest].join(pattern);
  }
  let result = "";
  let from = 0;
  for (const match of matchesIn(given, pattern, "replace", count)) {
    result += given.slice(from, match.start) + replaced(match, replacement);
    from = match.end;
  }
  return result + given.slice(from);
}

function replaced(
  match: QueryMatch,
  replacement: string | QueryCallback | object,
): string {
  if (typeof replacement === "string") return substituted(match, replacement);
  const made = callbackArgument(replacement, "replace", 3)(match);
  if (typeof made === "string") return made;
  throw replacementError();
}

function replacementError(): Error {
  return queryError(
    "D3012",
    "Attempted to replace a matched string with a non-string value",
  );
}

function substituted({ match, groups }: QueryMatch, text: string): string {
  const digits = Math.max(1, String(groups.length).length);
  return text.replace(/\$(\$|\d+)?/g, (whole, mark: string | undefined) => {
    if (mark === undefined) return whole;
    if (mark === "$") return "$";
    if (mark.startsWith("0")) return match + mark.slice(1);
    const tried = mark.slice(0, digits);
    const used =
      digits > 1 && Number(tried) > groups.length
        ? mark.slice(0, digits - 1)
        : tried;
    return (groups[Number(used) - 1] ?? "") + mark.slice(used.length);
  });
}

function limitArgument(
  value: unknown,
  name: string,
  index: number,
  code: string,
  place: string,
): number | undefined {
  const limit = numericArgument(value, name, index);
  if (limit === undefined || limit >= 0) return limit;
  throw queryError(
    code,
    `${place} argument of ${name} function must evaluate to a positive number`,
  );
}
