// Workflow cel-of-many-kinds, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 7e6399872b28a329125e0f44913f5d3bf8c31c08ec7d46194f2eb09269d3b76e

import {
  type RunOptions,
  at,
  divideIntegers,
  entry,
  every,
  exactlyOne,
  execute,
  filterList,
  has,
  hasKey,
  isIn,
  mapList,
  matches,
  parseDuration,
  parseTimestamp,
  remainder,
  some,
  startsWith,
  textSize,
  timestampPart,
  visit,
} from "./runtime.js";

export interface Input {
  name: string;
  numbers: number[];
  people: Array<{ name: string; age: number; email?: string }>;
  /** Format: date-time. */
  at: string;
  labels: { [key: string]: string };
  note?: string;
}

export interface Output {
  text: {
    greeting: string;
    escaped: string;
    joined: string;
    starts: boolean;
    matches: boolean;
    size: number;
    either: string;
  };
  numbers: {
    sum: number;
    half: number;
    whole: number;
    rest: number;
    large: number[];
    all: boolean;
    squares: number[];
    known: boolean;
    text: string;
  };
  people: { names: string[]; first: string; reachable: boolean; tag: string };
  times: { year: number; late: boolean };
}

export interface Activities {}

export async function run(
  input: Input,
  _activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    visit(scope, "text");
    const text = {
      greeting: `Dear ${input.name},`,
      escaped: "${ not.an.expression }",
      joined: `${input.name}!`,
      starts: startsWith(input.name, "A"),
      matches: matches(input.name, "^[A-Z][a-z]*$"),
      size: textSize(input.name),
      either: input.note ?? "none",
    };
    visit(scope, "numbers");
    const numbers = {
      sum: at(input.numbers, 0) + 2 * 3 - 1,
      half: at(input.numbers, 0) / 2,
      whole: divideIntegers(at(input.numbers, 0), 2),
      rest: remainder(at(input.numbers, 0), 2),
      large: filterList(input.numbers, (n) => n > 10),
      all:
        every(input.numbers, (n) => n >= 0) &&
        !some(input.numbers, (n) => n === 7),
      squares: mapList(input.numbers, (n) => n * n),
      known: isIn(at(input.numbers, 0), [1, 2, 3]),
      text: `${at(input.numbers, 0)}`,
    };
    visit(scope, "people");
    const people = {
      names: mapList(
        filterList(input.people, (p) => p.age >= 18),
        (p) => p.name,
      ),
      first: input.people.length > 0 ? at(input.people, 0).name : "",
      reachable: exactlyOne(input.people, (p) => has(p.email)),
      tag: hasKey(input.labels, "team")
        ? entry(input.labels, "team")
        : "no team",
    };
    visit(scope, "times");
    const times = {
      year: timestampPart(parseTimestamp(input.at), "year"),
      late:
        parseTimestamp(input.at) + parseDuration("1h") >
        parseTimestamp("2030-01-01T00:00:00Z"),
    };
    return { text, numbers, people, times };
  });
}
