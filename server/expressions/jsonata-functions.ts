import { boolean, number, string, type Type, unknown } from "../ir/types.ts";

/** A function that JSONata, or AWS beside it, knows by name. */
export interface QueryBuiltin {
  /** The runtime function. */
  readonly fn: string;
  readonly min: number;
  readonly max: number;
  /** Whether the context stands for a first argument that is missing. */
  readonly context?: true;
  /** Which argument is a function, from 0. */
  readonly callback?: number;
  /** A last argument that tells the runtime function which of several it is. */
  readonly name?: true;
  /** Whether it draws on the run: its clock or its random numbers. */
  readonly scope?: true;
  /** Whether it gives a sequence, of which a single item counts as itself. */
  readonly isMany?: true;
  /** What it gives, where that is certain; else it may give nothing. */
  readonly type?: Type;
}

const text = { min: 1, max: 1, context: true } as const;

export const queryBuiltins: ReadonlyMap<string, QueryBuiltin> = new Map<string, QueryBuiltin>([
  ["sum", { fn: "queryAggregate", min: 1, max: 1, name: true }],
  ["max", { fn: "queryAggregate", min: 1, max: 1, name: true }],
  ["min", { fn: "queryAggregate", min: 1, max: 1, name: true }],
  ["average", { fn: "queryAggregate", min: 1, max: 1, name: true }],
  ["count", { fn: "queryCount", min: 1, max: 1, type: number }],
  ["string", { fn: "queryString", min: 1, max: 2, context: true }],
  ["substring", { fn: "querySubstring", min: 2, max: 3, context: true }],
  ["substringBefore", { fn: "querySubstringBefore", min: 2, max: 2, context: true }],
  ["substringAfter", { fn: "querySubstringAfter", min: 2, max: 2, context: true }],
  ["lowercase", { fn: "queryLowercase", ...text }],
  ["uppercase", { fn: "queryUppercase", ...text }],
  ["length", { fn: "queryLength", ...text }],
  ["trim", { fn: "queryTrim", ...text }],
  ["pad", { fn: "queryPad", min: 2, max: 3, context: true }],
  ["match", { fn: "queryMatches", min: 2, max: 3, context: true, isMany: true }],
  ["contains", { fn: "queryContains", min: 2, max: 2, context: true }],
  ["replace", { fn: "queryReplace", min: 3, max: 4, context: true }],
  ["split", { fn: "querySplit", min: 2, max: 3, context: true }],
  ["join", { fn: "queryJoin", min: 1, max: 2 }],
  ["formatBase", { fn: "queryFormatBase", min: 1, max: 2, context: true }],
  ["number", { fn: "queryNumber", ...text }],
  ["floor", { fn: "queryWhole", ...text, name: true }],
  ["ceil", { fn: "queryWhole", ...text, name: true }],
  ["abs", { fn: "queryWhole", ...text, name: true }],
  ["round", { fn: "queryRound", min: 1, max: 2, context: true }],
  ["sqrt", { fn: "querySqrt", ...text }],
  ["power", { fn: "queryPower", min: 2, max: 2, context: true }],
  ["boolean", { fn: "queryBoolean", ...text }],
  ["not", { fn: "queryNot", ...text }],
  ["exists", { fn: "queryExists", min: 1, max: 1, type: boolean }],
  ["map", { fn: "queryMap", min: 2, max: 2, callback: 1, isMany: true }],
  ["filter", { fn: "queryWhere", min: 2, max: 2, callback: 1, isMany: true }],
  ["single", { fn: "querySingle", min: 1, max: 2, callback: 1 }],
  ["reduce", { fn: "queryReduce", min: 2, max: 3, callback: 1 }],
  ["sift", { fn: "querySift", min: 2, max: 2, context: true, callback: 1 }],
  ["each", { fn: "queryEach", min: 2, max: 2, context: true, callback: 1, isMany: true }],
  ["zip", { fn: "queryZip", min: 1, max: 20 }],
  ["keys", { fn: "queryKeys", ...text, isMany: true }],
  ["lookup", { fn: "queryLookup", min: 2, max: 2, context: true, isMany: true }],
  ["append", { fn: "queryAppend", min: 2, max: 2 }],
  ["spread", { fn: "querySpread", ...text, isMany: true }],
  ["merge", { fn: "queryMerge", min: 1, max: 1 }],
  ["reverse", { fn: "queryReverse", min: 1, max: 1 }],
  ["error", { fn: "queryFailure", min: 0, max: 1 }],
  ["assert", { fn: "queryAssert", min: 1, max: 2 }],
  ["type", { fn: "typeOfQuery", min: 1, max: 1 }],
  ["sort", { fn: "querySort", min: 1, max: 2, callback: 1 }],
  ["shuffle", { fn: "queryShuffle", min: 1, max: 1, scope: true }],
  ["distinct", { fn: "queryDistinct", min: 1, max: 1, isMany: true }],
  ["clone", { fn: "queryClone", ...text }],
  ["base64encode", { fn: "queryBase64Encode", ...text }],
  ["base64decode", { fn: "queryBase64Decode", ...text }],
  ["encodeUrlComponent", { fn: "queryUrl", ...text, name: true }],
  ["encodeUrl", { fn: "queryUrl", ...text, name: true }],
  ["decodeUrlComponent", { fn: "queryUrl", ...text, name: true }],
  ["decodeUrl", { fn: "queryUrl", ...text, name: true }],
  ["now", { fn: "currentTime", min: 0, max: 0, scope: true, type: string }],
  ["millis", { fn: "queryMillis", min: 0, max: 0, scope: true, type: number }],
  ["toMillis", { fn: "queryToMillis", ...text }],
  ["fromMillis", { fn: "queryFromMillis", ...text }],
  ["partition", { fn: "queryPartition", min: 2, max: 2 }],
  ["range", { fn: "querySteps", min: 3, max: 3 }],
  ["hash", { fn: "queryHash", min: 2, max: 2 }],
  ["random", { fn: "queryRandom", min: 0, max: 1, scope: true, type: number }],
  ["uuid", { fn: "randomUuid", min: 0, max: 0, scope: true, type: string }],
  ["parse", { fn: "queryParse", min: 1, max: 1 }],
]);

/** Functions of JSONata that this compiler does not translate: they format and read by pictures. */
export const untranslatedFunctions: ReadonlySet<string> = new Set(["formatNumber", "formatInteger", "parseInteger"]);

export function builtinType(builtin: QueryBuiltin): Type {
  return builtin.type ?? unknown;
}
