import { boolean, number, string, type Type } from "../ir/types.ts";

/** A function that JSONata, or AWS beside it, knows by name. */
export interface QueryBuiltin {
  /** The runtime function. */
  readonly fn: string;
  /** As the library has it: types of parameters, `-` where the context may stand for one, `?` where there need be none. */
  readonly signature: string;
  /** How many arguments functions such as $map give it, where these are not as many as it has parameters. */
  readonly takes?: number;
  /** Which argument is a function, from 0. */
  readonly callback?: number;
  /** A last argument that tells the runtime function which of several it is. */
  readonly name?: true;
  /** Whether it draws on the run: its clock or its random numbers. */
  readonly scope?: true;
  /** The runtime function for this many arguments or more, and whether that draws on the run. */
  readonly more?: { readonly from: number; readonly fn: string; readonly scope: boolean };
  /** Whether it gives a sequence, of which a single item counts as itself. */
  readonly isMany?: true;
  /** What it gives, where that is certain; else it may give nothing. */
  readonly type?: Type;
}

export const queryBuiltins: ReadonlyMap<string, QueryBuiltin> = new Map<string, QueryBuiltin>([
  ["sum", { fn: "queryAggregate", signature: "<a<n>:n>", name: true }],
  ["max", { fn: "queryAggregate", signature: "<a<n>:n>", name: true }],
  ["min", { fn: "queryAggregate", signature: "<a<n>:n>", name: true }],
  ["average", { fn: "queryAggregate", signature: "<a<n>:n>", name: true }],
  ["count", { fn: "queryCount", signature: "<a:n>", type: number }],
  ["string", { fn: "queryString", signature: "<x-b?:s>", takes: 1 }],
  ["substring", { fn: "querySubstring", signature: "<s-nn?:s>" }],
  ["substringBefore", { fn: "querySubstringBefore", signature: "<s-s:s>" }],
  ["substringAfter", { fn: "querySubstringAfter", signature: "<s-s:s>" }],
  ["lowercase", { fn: "queryLowercase", signature: "<s-:s>" }],
  ["uppercase", { fn: "queryUppercase", signature: "<s-:s>" }],
  ["length", { fn: "queryLength", signature: "<s-:n>" }],
  ["trim", { fn: "queryTrim", signature: "<s-:s>" }],
  ["pad", { fn: "queryPad", signature: "<s-ns?:s>" }],
  ["match", { fn: "queryMatches", signature: "<s-f<s:o>n?:a<o>>", isMany: true }],
  ["contains", { fn: "queryContains", signature: "<s-(sf):b>" }],
  ["replace", { fn: "queryReplace", signature: "<s-(sf)(sf)n?:s>" }],
  ["split", { fn: "querySplit", signature: "<s-(sf)n?:a<s>>" }],
  ["join", { fn: "queryJoin", signature: "<a<s>s?:s>" }],
  ["formatNumber", { fn: "queryFormatNumber", signature: "<n-so?:s>" }],
  ["formatBase", { fn: "queryFormatBase", signature: "<n-n?:s>" }],
  ["formatInteger", { fn: "queryFormatInteger", signature: "<n-s:s>" }],
  ["parseInteger", { fn: "queryParseInteger", signature: "<s-s:n>" }],
  ["number", { fn: "queryNumber", signature: "<(nsb)-:n>" }],
  ["floor", { fn: "queryWhole", signature: "<n-:n>", name: true }],
  ["ceil", { fn: "queryWhole", signature: "<n-:n>", name: true }],
  ["abs", { fn: "queryWhole", signature: "<n-:n>", name: true }],
  ["round", { fn: "queryRound", signature: "<n-n?:n>" }],
  ["sqrt", { fn: "querySqrt", signature: "<n-:n>" }],
  ["power", { fn: "queryPower", signature: "<n-n:n>" }],
  ["boolean", { fn: "queryBoolean", signature: "<x-:b>" }],
  ["not", { fn: "queryNot", signature: "<x-:b>" }],
  ["exists", { fn: "queryExists", signature: "<x:b>", type: boolean }],
  ["map", { fn: "queryMap", signature: "<af>", callback: 1, isMany: true }],
  ["filter", { fn: "queryWhere", signature: "<af>", callback: 1, isMany: true }],
  ["single", { fn: "querySingle", signature: "<af?>", callback: 1 }],
  ["reduce", { fn: "queryReduce", signature: "<afj?:j>", callback: 1, isMany: true }],
  ["sift", { fn: "querySift", signature: "<o-f?:o>", callback: 1 }],
  ["each", { fn: "queryEach", signature: "<o-f:a>", callback: 1, isMany: true }],
  ["zip", { fn: "queryZip", signature: "<a+>", takes: 0 }],
  ["keys", { fn: "queryKeys", signature: "<x-:a<s>>", isMany: true }],
  ["lookup", { fn: "queryLookup", signature: "<x-s:x>", isMany: true }],
  ["append", { fn: "queryAppend", signature: "<xx:a>" }],
  ["spread", { fn: "querySpread", signature: "<x-:a<o>>", isMany: true }],
  ["merge", { fn: "queryMerge", signature: "<a<o>:o>" }],
  ["reverse", { fn: "queryReverse", signature: "<a:a>" }],
  ["error", { fn: "queryFailure", signature: "<s?:x>" }],
  ["assert", { fn: "queryAssert", signature: "<bs?:x>" }],
  ["type", { fn: "typeOfQuery", signature: "<x:s>" }],
  ["sort", { fn: "querySort", signature: "<af?:a>", callback: 1 }],
  ["shuffle", { fn: "queryShuffle", signature: "<a:a>", scope: true }],
  ["distinct", { fn: "queryDistinct", signature: "<x:x>", isMany: true }],
  ["clone", { fn: "queryClone", signature: "<(oa)-:o>" }],
  ["base64encode", { fn: "queryBase64Encode", signature: "<s-:s>" }],
  ["base64decode", { fn: "queryBase64Decode", signature: "<s-:s>" }],
  ["encodeUrlComponent", { fn: "queryUrl", signature: "<s-:s>", name: true }],
  ["encodeUrl", { fn: "queryUrl", signature: "<s-:s>", name: true }],
  ["decodeUrlComponent", { fn: "queryUrl", signature: "<s-:s>", name: true }],
  ["decodeUrl", { fn: "queryUrl", signature: "<s-:s>", name: true }],
  [
    "now",
    {
      fn: "currentTime",
      signature: "<s?s?:s>",
      scope: true,
      more: { from: 1, fn: "queryNow", scope: true },
      type: string,
    },
  ],
  ["millis", { fn: "queryMillis", signature: "<:n>", scope: true, type: number }],
  ["toMillis", { fn: "queryToMillis", signature: "<s-s?:n>", more: { from: 2, fn: "queryParseDate", scope: true } }],
  [
    "fromMillis",
    { fn: "queryFromMillis", signature: "<n-s?s?:s>", more: { from: 2, fn: "queryFormatDate", scope: false } },
  ],
  ["partition", { fn: "queryPartition", signature: "<an:a>" }],
  ["range", { fn: "querySteps", signature: "<nnn:a>" }],
  ["hash", { fn: "queryHash", signature: "<ss:s>" }],
  ["random", { fn: "queryRandom", signature: "<n?:n>", scope: true, type: number }],
  ["uuid", { fn: "randomUuid", signature: "<:s>", scope: true, type: string }],
  ["parse", { fn: "queryParse", signature: "<s:x>" }],
]);
