// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 873dc344cb6c4f57327d4dc0ccdb5480693a5864a207054223759ab3dd917716

import {
  type RunOptions,
  arrayContains,
  arrayGetItem,
  arrayLength,
  arrayPartition,
  arrayRange,
  arrayUnique,
  base64Decode,
  base64Encode,
  compareInFilter,
  execute,
  executionFact,
  fieldAt,
  findAt,
  formatted,
  hashText,
  jsonMerge,
  jsonToString,
  matchesOf,
  mathAdd,
  mathRandom,
  membersOf,
  randomUuid,
  stringSplit,
  stringToJson,
  visit,
} from "./runtime.js";

export type Input = unknown;

export type Output = unknown;

export interface Activities {}

export async function run(
  input: Input,
  _activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    visit(scope, "Make");
    return {
      greeting: `Hello ${formatted(fieldAt(input, ["name"], "greeting.$"))}, you are '${formatted(fieldAt(input, ["role"], "greeting.$"))}'`,
      list: [fieldAt(input, ["a"], "list.$"), 2, "three", []],
      parts: arrayPartition(fieldAt(input, ["items"], "parts.$"), 3),
      has: arrayContains(fieldAt(input, ["items"], "has.$"), "x"),
      range: arrayRange(1, 9, 2),
      item: arrayGetItem(fieldAt(input, ["items"], "item.$"), 0),
      length: arrayLength(fieldAt(input, ["items"], "length.$")),
      unique: arrayUnique(fieldAt(input, ["items"], "unique.$")),
      encoded: base64Encode(fieldAt(input, ["name"], "encoded.$")),
      decoded: base64Decode(fieldAt(input, ["code"], "decoded.$")),
      hash: hashText(fieldAt(input, ["name"], "hash.$"), "SHA-256"),
      merged: jsonMerge(
        fieldAt(input, ["left"], "merged.$"),
        fieldAt(input, ["right"], "merged.$"),
        false,
      ),
      parsed: stringToJson(fieldAt(input, ["json"], "parsed.$")),
      text: jsonToString(fieldAt(input, ["left"], "text.$")),
      random: mathRandom(scope, 1, 10),
      sum: mathAdd(fieldAt(input, ["n"], "sum.$"), -1),
      words: stringSplit(fieldAt(input, ["name"], "words.$"), " "),
      id: randomUuid(scope),
      execution: executionFact(scope, "executionName"),
      deep: {
        cheap: membersOf(
          matchesOf([findAt(input, ["book"])], (item) =>
            compareInFilter(findAt(item, ["price"]), "<", 10),
          ),
          ["title"],
        ),
        last: fieldAt(input, ["items", -1], "last.$"),
      },
    };
  });
}
