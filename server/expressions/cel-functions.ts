import { boolean, integer, number, string, type Type } from "../ir/types.ts";
import type { CelKind } from "./cel-kinds.ts";
import { durationType, timestampType } from "./cel-kinds.ts";

/** A function whose parameters have one kind each. Those with more to say are in cel-calls.ts and cel-conversions.ts. */
export interface Signature {
  /** The runtime function. */
  readonly fn: string;
  /** The value before the point comes first. */
  readonly parameters: readonly CelKind[];
  /** How many of them, at the end, may be left out. */
  readonly optional?: number;
  readonly result: Type;
  /** The second argument is a time zone, which the first is seen in. */
  readonly zoned?: true;
  /** Further arguments that the runtime function takes and CEL does not name. */
  readonly constants?: readonly string[];
}

const texts: Type = { kind: "array", element: string };

/** `getFullYear` gives the part `year`, `getHours` the part `hours`. */
function unitOf(name: string): string {
  return name === "getFullYear" ? "year" : name.charAt(3).toLowerCase() + name.slice(4);
}

function partOf(name: string): Signature {
  return {
    fn: "timestampPart",
    parameters: ["timestamp", "string"],
    optional: 1,
    zoned: true,
    constants: [unitOf(name)],
    result: integer,
  };
}

function lengthIn(name: string): Signature {
  return { fn: "durationIn", parameters: ["duration"], constants: [unitOf(name)], result: integer };
}

/** Called on a value: `name.startsWith("a")`. */
export const MEMBER_FUNCTIONS: ReadonlyMap<string, readonly Signature[]> = new Map<string, readonly Signature[]>([
  ["contains", [{ fn: "contains", parameters: ["string", "string"], result: boolean }]],
  ["startsWith", [{ fn: "startsWith", parameters: ["string", "string"], result: boolean }]],
  ["endsWith", [{ fn: "endsWith", parameters: ["string", "string"], result: boolean }]],
  ["lowerAscii", [{ fn: "lowerAscii", parameters: ["string"], result: string }]],
  ["upperAscii", [{ fn: "upperAscii", parameters: ["string"], result: string }]],
  ["trim", [{ fn: "trimText", parameters: ["string"], result: string }]],
  ["split", [{ fn: "splitText", parameters: ["string", "string", "int"], optional: 1, result: texts }]],
  ["replace", [{ fn: "replaceText", parameters: ["string", "string", "string", "int"], optional: 1, result: string }]],
  ["substring", [{ fn: "substring", parameters: ["string", "int", "int"], optional: 1, result: string }]],
  ["indexOf", [{ fn: "indexOfText", parameters: ["string", "string", "int"], optional: 1, result: integer }]],
  ["lastIndexOf", [{ fn: "lastIndexOfText", parameters: ["string", "string", "int"], optional: 1, result: integer }]],
  ["charAt", [{ fn: "charAt", parameters: ["string", "int"], result: string }]],
  ...["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"].map(
    (name) => [name, [partOf(name)]] as const,
  ),
  ...["getHours", "getMinutes", "getSeconds", "getMilliseconds"].map(
    (name) => [name, [partOf(name), lengthIn(name)]] as const,
  ),
]);

/** Called by their own name. */
export const FUNCTIONS: ReadonlyMap<string, readonly Signature[]> = new Map<string, readonly Signature[]>([
  [
    "math.abs",
    [
      { fn: "absolute", parameters: ["int"], result: integer },
      { fn: "absolute", parameters: ["double"], result: number },
    ],
  ],
  [
    "math.sign",
    [
      { fn: "signOf", parameters: ["int"], result: integer },
      { fn: "signOf", parameters: ["double"], result: number },
    ],
  ],
  ["math.isNaN", [{ fn: "isNotANumber", parameters: ["double"], result: boolean }]],
  ["math.isInf", [{ fn: "isInfinite", parameters: ["double"], result: boolean }]],
  ["math.isFinite", [{ fn: "isFiniteNumber", parameters: ["double"], result: boolean }]],
  ...["bitAnd", "bitOr", "bitXor", "bitShiftLeft", "bitShiftRight"].map(
    (fn) => [`math.${fn}`, [{ fn, parameters: ["int", "int"], result: integer }]] as const,
  ),
  ["math.bitNot", [{ fn: "bitNot", parameters: ["int"], result: integer }]],
  ["strings.quote", [{ fn: "quoteText", parameters: ["string"], result: string }]],
  ["math.ceil", [{ fn: "roundUp", parameters: ["double"], result: integer }]],
  ["math.floor", [{ fn: "roundDown", parameters: ["double"], result: integer }]],
  ["math.round", [{ fn: "roundHalfAway", parameters: ["double"], result: integer }]],
  ["math.trunc", [{ fn: "truncate", parameters: ["double"], result: integer }]],
  [
    "timestamp",
    [
      { fn: "parseTimestamp", parameters: ["string"], result: timestampType },
      { fn: "", parameters: ["timestamp"], result: timestampType },
      { fn: "timestampOfSeconds", parameters: ["int"], result: timestampType },
    ],
  ],
  [
    "duration",
    [
      { fn: "parseDuration", parameters: ["string"], result: durationType },
      { fn: "", parameters: ["duration"], result: durationType },
    ],
  ],
]);
