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
  /** Further arguments that the runtime function takes and CEL does not name. */
  readonly constants?: readonly string[];
}

const texts: Type = { kind: "array", element: string };

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
  ["getFullYear", [{ fn: "timestampPart", parameters: ["timestamp"], constants: ["year"], result: integer }]],
  ["getMonth", [{ fn: "timestampPart", parameters: ["timestamp"], constants: ["month"], result: integer }]],
  ["getDate", [{ fn: "timestampPart", parameters: ["timestamp"], constants: ["date"], result: integer }]],
  ["getDayOfMonth", [{ fn: "timestampPart", parameters: ["timestamp"], constants: ["dayOfMonth"], result: integer }]],
  ["getDayOfWeek", [{ fn: "timestampPart", parameters: ["timestamp"], constants: ["dayOfWeek"], result: integer }]],
  ["getDayOfYear", [{ fn: "timestampPart", parameters: ["timestamp"], constants: ["dayOfYear"], result: integer }]],
  [
    "getHours",
    [
      { fn: "timestampPart", parameters: ["timestamp"], constants: ["hours"], result: integer },
      { fn: "durationIn", parameters: ["duration"], constants: ["hours"], result: integer },
    ],
  ],
  [
    "getMinutes",
    [
      { fn: "timestampPart", parameters: ["timestamp"], constants: ["minutes"], result: integer },
      { fn: "durationIn", parameters: ["duration"], constants: ["minutes"], result: integer },
    ],
  ],
  [
    "getSeconds",
    [
      { fn: "timestampPart", parameters: ["timestamp"], constants: ["seconds"], result: integer },
      { fn: "durationIn", parameters: ["duration"], constants: ["seconds"], result: integer },
    ],
  ],
  [
    "getMilliseconds",
    [
      { fn: "timestampPart", parameters: ["timestamp"], constants: ["milliseconds"], result: integer },
      { fn: "durationIn", parameters: ["duration"], constants: ["milliseconds"], result: integer },
    ],
  ],
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
  ["math.ceil", [{ fn: "roundUp", parameters: ["double"], result: integer }]],
  ["math.floor", [{ fn: "roundDown", parameters: ["double"], result: integer }]],
  ["math.round", [{ fn: "roundHalfAway", parameters: ["double"], result: integer }]],
  ["math.trunc", [{ fn: "truncate", parameters: ["double"], result: integer }]],
  [
    "timestamp",
    [
      { fn: "parseTimestamp", parameters: ["string"], result: timestampType },
      { fn: "", parameters: ["timestamp"], result: timestampType },
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
