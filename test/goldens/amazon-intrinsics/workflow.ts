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
    const data = input;
    visit(scope, "Make");
    return {
      greeting: `Hello ${formatted(fieldAt(data, ["name"], "greeting.$"))}, you are '${formatted(fieldAt(data, ["role"], "greeting.$"))}'`,
      list: [fieldAt(data, ["a"], "list.$"), 2, "three", []],
      parts: arrayPartition(fieldAt(data, ["items"], "parts.$"), 3),
      has: arrayContains(fieldAt(data, ["items"], "has.$"), "x"),
      range: arrayRange(1, 9, 2),
      item: arrayGetItem(fieldAt(data, ["items"], "item.$"), 0),
      length: arrayLength(fieldAt(data, ["items"], "length.$")),
      unique: arrayUnique(fieldAt(data, ["items"], "unique.$")),
      encoded: base64Encode(fieldAt(data, ["name"], "encoded.$")),
      decoded: base64Decode(fieldAt(data, ["code"], "decoded.$")),
      hash: hashText(fieldAt(data, ["name"], "hash.$"), "SHA-256"),
      merged: jsonMerge(
        fieldAt(data, ["left"], "merged.$"),
        fieldAt(data, ["right"], "merged.$"),
        false,
      ),
      parsed: stringToJson(fieldAt(data, ["json"], "parsed.$")),
      text: jsonToString(fieldAt(data, ["left"], "text.$")),
      random: mathRandom(scope, 1, 10),
      sum: mathAdd(fieldAt(data, ["n"], "sum.$"), -1),
      words: stringSplit(fieldAt(data, ["name"], "words.$"), " "),
      id: randomUuid(scope),
      execution: executionFact(scope, "executionName"),
      deep: {
        cheap: membersOf(
          matchesOf([findAt(data, ["book"])], (item) =>
            compareInFilter(findAt(item, ["price"]), "<", 10),
          ),
          ["title"],
        ),
        last: fieldAt(data, ["items", -1], "last.$"),
      },
    };
  });
}
