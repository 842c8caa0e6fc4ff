// Workflow state-machine
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 873dc344cb6c4f57327d4dc0ccdb5480693a5864a207054223759ab3dd917716

import {
  type RunOptions,
  argumentAt,
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
      greeting: `Hello ${formatted(argumentAt(input, ["name"], "States.Format('Hello {}, you are \\'{}\\'', $.name, $.role)"))}, you are '${formatted(argumentAt(input, ["role"], "States.Format('Hello {}, you are \\'{}\\'', $.name, $.role)"))}'`,
      list: [
        argumentAt(
          input,
          ["a"],
          "States.Array($.a, 2, 'three', States.Array())",
        ),
        2,
        "three",
        [],
      ],
      parts: arrayPartition(
        argumentAt(input, ["items"], "States.ArrayPartition($.items, 3)"),
        3,
      ),
      has: arrayContains(
        argumentAt(input, ["items"], "States.ArrayContains($.items, 'x')"),
        "x",
      ),
      range: arrayRange(1, 9, 2),
      item: arrayGetItem(
        argumentAt(input, ["items"], "States.ArrayGetItem($.items, 0)"),
        0,
      ),
      length: arrayLength(
        argumentAt(input, ["items"], "States.ArrayLength($.items)"),
      ),
      unique: arrayUnique(
        argumentAt(input, ["items"], "States.ArrayUnique($.items)"),
      ),
      encoded: base64Encode(
        argumentAt(input, ["name"], "States.Base64Encode($.name)"),
      ),
      decoded: base64Decode(
        argumentAt(input, ["code"], "States.Base64Decode($.code)"),
      ),
      hash: hashText(
        argumentAt(input, ["name"], "States.Hash($.name, 'SHA-256')"),
        "SHA-256",
      ),
      merged: jsonMerge(
        argumentAt(input, ["left"], "States.JsonMerge($.left, $.right, false)"),
        argumentAt(
          input,
          ["right"],
          "States.JsonMerge($.left, $.right, false)",
        ),
        false,
      ),
      parsed: stringToJson(
        argumentAt(input, ["json"], "States.StringToJson($.json)"),
      ),
      text: jsonToString(
        argumentAt(input, ["left"], "States.JsonToString($.left)"),
      ),
      random: mathRandom(scope, 1, 10),
      sum: mathAdd(argumentAt(input, ["n"], "States.MathAdd($.n, -1)"), -1),
      words: stringSplit(
        argumentAt(input, ["name"], "States.StringSplit($.name, ' ')"),
        " ",
      ),
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
