import { expect, test } from "vitest";
import { parseProgram } from "../../server/ir/parse.ts";
import { printProgram } from "../../server/ir/print.ts";
import { analyse } from "../graph/analyse.ts";
import { comparable } from "../ir/comparable.ts";
import { patterns } from "./patterns.ts";
import { definitionOf } from "./run.ts";

test.each(patterns.filter(({ refused }) => refused === undefined))(
  "the program of WCP-$number is in its text form",
  (pattern) => {
    const { program } = analyse(definitionOf(pattern));
    if (program === null) throw new Error("the example has no program");
    const text = printProgram(program);
    const parsed = parseProgram(text);
    expect(printProgram(parsed)).toBe(text);
    expect(comparable(parsed)).toEqual(comparable(program));
  },
);
