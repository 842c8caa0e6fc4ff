import { queryError, sequenceOf } from "./jsonata.ts";
import { callbackArgument, type QueryCallback } from "./jsonata-lists.ts";
import {
  argumentError,
  numericArgument,
  textArgument,
} from "./jsonata-text.ts";

/** What a regular expression finds, and how to find what comes after it. */
export interface QueryMatch {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** A regular expression as a function: it finds the first match from a place on. */
export function queryPattern(
  source: string,
  flags: string,
): (text: unknown, from?: unknown) => QueryMatch | undefined {
  const pattern = new RegExp(source, flags);
  return (text, from) => {
    pattern.lastIndex = typeof from === "number" ? from : 0;
    const found = pattern.exec(String(text));
    if (found === null) return undefined;
    const [match, ...groups] = found;
    return {
      match,
      groups,
      start: found.index,
      end: found.index + match.length,
    };
  };
}

function matchesIn(
  text: string,
  pattern: unknown,
  name: string,
  limit: number | undefined,
): readonly QueryMatch[] {
  const find = callbackArgument(pattern, name);
  const found: QueryMatch[] = [];
  let from = 0;
  while (limit === undefined || found.length < limit) {
    const next = find(text, from);
    if (!isMatch(next)) break;
    if (next.match === "" && found.length > 0)
      throw queryError(
        "D1004",
        "Regular expression matches zero length string",
      );
    found.push(next);
    from = next.end;
    if (from >= text.length) break;
  }
  return found;
}

function isMatch(value: unknown): value is QueryMatch {
  return typeof value === "object" && value !== null && "match" in value;
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
    const parts = given.split(pattern);
    const kept = count === undefined ? parts.length : Math.floor(count) + 1;
    const rest = parts.slice(kept);
    const start = parts.slice(0, kept).join(String(replacement));
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
  throw queryError(
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
