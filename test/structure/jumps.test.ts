import { describe, expect, test } from "vitest";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import { printProgram } from "../../server/ir/print.ts";
import type { Jumps, Region, Step } from "../../server/ir/program.ts";
import { boolean, string } from "../../server/ir/types.ts";
import { depthOf } from "../../server/structure/measure.ts";
import { structure } from "../../server/structure/structure.ts";
import {
  ask,
  attempt,
  branch,
  call,
  fail,
  finish,
  handler,
  jump,
  jumps,
  literal,
  origin,
  program,
  sequence,
  stop,
  visit,
} from "./build.ts";

/** The structured body as text, without the lines around it. */
function show(region: Region): string {
  const lines = printProgram(structure(program(region))).split("\n");
  const start = lines.indexOf("  body {") + 1;
  return `\n${lines
    .slice(start, -3)
    .map((line) => line.slice(4))
    .join("\n")}\n`;
}

const status: Variable = { name: "status", type: string, role: "local" };

function is(value: string): Expression {
  const left: Expression = { kind: "variable", variable: status, type: string, origin };
  return { kind: "binary", operator: "===", left, right: literal(value), type: boolean, origin };
}

const polling = (done: Readonly<Record<string, readonly [Step[], Parameters<typeof jumps>[0][string][1]]>>): Jumps =>
  jumps({
    Submit: [[call("Submit")], jump("Wait")],
    Wait: [[visit("Wait")], jump("Check")],
    Check: [[call("Check")], jump("Done?")],
    "Done?": [
      [visit("Done?")],
      branch(
        [
          [is("SUCCEEDED"), "Get"],
          [is("FAILED"), "Failed"],
        ],
        "Wait",
      ),
    ],
    Failed: [[fail("Failed")], stop],
    ...done,
  });

describe("branches", () => {
  test("that meet again are an if with an else", () => {
    const region = jumps({
      A: [[call("A")], branch([[ask("c"), "B"]], "C")],
      B: [[call("B")], jump("D")],
      C: [[call("C")], jump("D")],
      D: [[call("D"), finish("x")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      call "A" activity "A" with null
      if c<boolean>() {
        call "B" activity "B" with null
      } else {
        call "C" activity "C" with null
      }
      call "D" activity "D" with null
      finish "x"
      "
    `);
  });

  test("of several cases stay one decision, with a common end behind it", () => {
    const region = jumps({
      A: [
        [visit("A")],
        branch(
          [
            [is("1"), "B"],
            [is("2"), "C"],
          ],
          "F",
        ),
      ],
      B: [[call("B")], jump("D")],
      C: [[call("C")], jump("D")],
      D: [[call("D"), finish("x")], stop],
      F: [[fail("F")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      visit "A"
      if (%status: string === "1") {
        call "B" activity "B" with null
      } else if (%status === "2") {
        call "C" activity "C" with null
      } else {
        fail "F" "F", ""
      }
      call "D" activity "D" with null
      finish "x"
      "
    `);
  });

  test("that only skip something are an if without an else", () => {
    const region = jumps({
      A: [[visit("A")], branch([[is("no"), "M"]], "B")],
      B: [[call("B")], jump("M")],
      M: [[call("M"), finish("m")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      visit "A"
      if (%status: string !== "no") {
        call "B" activity "B" with null
      }
      call "M" activity "M" with null
      finish "m"
      "
    `);
  });

  test("that fail come early, and the rest is not nested", () => {
    const region = jumps({
      A: [[visit("A")], branch([[is("good"), "B"]], "Bad")],
      B: [[call("B")], branch([[is("late"), "Late"]], "C")],
      C: [[call("C"), finish("c")], stop],
      Bad: [[fail("Bad")], stop],
      Late: [[fail("Late")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      visit "A"
      if (%status: string !== "good") {
        fail "Bad" "Bad", ""
      }
      call "B" activity "B" with null
      if (%status === "late") {
        fail "Late" "Late", ""
      }
      call "C" activity "C" with null
      finish "c"
      "
    `);
  });

  test("with equal targets next to each other are one case", () => {
    const region = jumps({
      A: [
        [visit("A")],
        branch(
          [
            [is("1"), "B"],
            [is("2"), "B"],
          ],
          "C",
        ),
      ],
      B: [[call("B"), finish("b")], stop],
      C: [[call("C"), finish("c")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      visit "A"
      if ((%status: string === "1") || (%status === "2")) {
        call "B" activity "B" with null
        finish "b"
      }
      call "C" activity "C" with null
      finish "c"
      "
    `);
  });

  test("that all lead to the same place still evaluate a test that can fail", () => {
    const region = jumps({
      A: [[visit("A")], branch([[ask("can fail"), "B"]], "B")],
      B: [[call("B"), finish("b")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      visit "A"
      evaluate can fail<boolean>()
      call "B" activity "B" with null
      finish "b"
      "
    `);
  });

  test("share a short tail by repeating it, and a long one by going on to it", () => {
    const region = (tail: Step[]): Jumps =>
      jumps({
        A: [[visit("A")], branch([[is("1"), "Tail"]], "B")],
        B: [[call("B")], branch([[is("2"), "Tail"]], "C")],
        C: [[call("C"), finish("c")], stop],
        Tail: [tail, stop],
      });
    expect(show(region([fail("Tail")]))).toMatchInlineSnapshot(`
      "
      visit "A"
      if (%status: string === "1") {
        fail "Tail" "Tail", ""
      }
      call "B" activity "B" with null
      if (%status === "2") {
        fail "Tail" "Tail", ""
      }
      call "C" activity "C" with null
      finish "c"
      "
    `);
    expect(show(region([call("Notify"), fail("Tail")]))).toMatchInlineSnapshot(`
      "
      visit "A"
      if (%status: string !== "1") {
        call "B" activity "B" with null
        if (%status !== "2") {
          call "C" activity "C" with null
          finish "c"
        }
      }
      call "Notify" activity "Notify" with null
      fail "Tail" "Tail", ""
      "
    `);
  });
});

describe("loops", () => {
  test("that poll and then go on break out of the loop", () => {
    const region = polling({ Get: [[call("Get")], jump("Tell")], Tell: [[call("Tell"), finish("x")], stop] });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      call "Submit" activity "Submit" with null
      loop "Wait" {
        visit "Wait"
        call "Check" activity "Check" with null
        visit "Done?"
        if (%status: string === "SUCCEEDED") {
          break "Wait"
        } else if (%status === "FAILED") {
          fail "Failed" "Failed", ""
        }
      }
      call "Get" activity "Get" with null
      call "Tell" activity "Tell" with null
      finish "x"
      "
    `);
  });

  test("that poll and then end return from the loop", () => {
    expect(show(polling({ Get: [[visit("Get"), finish("x")], stop] }))).toMatchInlineSnapshot(`
      "
      call "Submit" activity "Submit" with null
      loop "Wait" {
        visit "Wait"
        call "Check" activity "Check" with null
        visit "Done?"
        if (%status: string === "SUCCEEDED") {
          visit "Get"
          finish "x"
        } else if (%status === "FAILED") {
          fail "Failed" "Failed", ""
        }
      }
      "
    `);
  });

  test("that begin with a test have it as theirs", () => {
    const region = jumps({
      Head: [[], branch([[is("more"), "Body"]], "End")],
      Body: [[call("Body")], branch([[is("skip"), "Head"]], "More")],
      More: [[call("More")], jump("Head")],
      End: [[call("End"), finish("x")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      loop "Head" while (%status: string === "more") {
        call "Body" activity "Body" with null
        if (%status !== "skip") {
          call "More" activity "More" with null
        }
      }
      call "End" activity "End" with null
      finish "x"
      "
    `);
  });

  test("that try again after a failure", () => {
    const region = jumps({
      Try: [[visit("Try")], attempt([call("Work")], "Next", [handler("Pause", is("busy"))])],
      Pause: [[call("Pause")], jump("Try")],
      Next: [[call("Next"), finish("ok")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      loop "Try" {
        visit "Try"
        try {
          call "Work" activity "Work" with null
        } catch %failure: unknown when (%status: string === "busy") {
          call "Pause" activity "Pause" with null
          continue "Try"
        }
        break "Try"
      }
      call "Next" activity "Next" with null
      finish "ok"
      "
    `);
  });

  test("in loops leave both by a label", () => {
    const region = jumps({
      Outer: [[call("Outer")], jump("Inner")],
      Inner: [
        [call("Inner")],
        branch(
          [
            [is("again"), "Inner"],
            [is("quit"), "End"],
          ],
          "Outer",
        ),
      ],
      End: [[call("End"), finish("x")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      loop "Outer" {
        call "Outer" activity "Outer" with null
        loop "Inner" {
          call "Inner" activity "Inner" with null
          if (%status: string !== "again") {
            if (%status === "quit") {
              break "Outer"
            }
            break "Inner"
          }
        }
      }
      call "End" activity "End" with null
      finish "x"
      "
    `);
  });

  test("with two entries, and only those, dispatch on a variable", () => {
    const region = jumps({
      S: [[visit("S")], branch([[is("x"), "A"]], "B")],
      A: [[call("A")], branch([[is("a"), "B"]], "E")],
      B: [[call("B")], jump("A")],
      E: [[call("E"), finish("ok")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      visit "S"
      if (%status: string === "x") {
        %state: "B" | "A" = "A"
      } else {
        %state = "B"
      }
      loop "dispatch" {
        if (%state === "B") {
          call "B" activity "B" with null
          %state = "A"
        } else {
          call "A" activity "A" with null
          if (%status !== "a") {
            break "dispatch"
          }
          %state = "B"
        }
      }
      call "E" activity "E" with null
      finish "ok"
      "
    `);
  });
});

describe("attempts", () => {
  test("with a handler that leads on to the same place need no label", () => {
    const region = jumps({
      A: [[], attempt([call("A")], "B", [handler("Mend")])],
      Mend: [[call("Mend")], jump("B")],
      B: [[call("B"), finish("ok")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      try {
        call "A" activity "A" with null
      } catch %failure: unknown {
        call "Mend" activity "Mend" with null
      }
      call "B" activity "B" with null
      finish "ok"
      "
    `);
  });

  test("one after the other with the same handlers are one", () => {
    const region = jumps({
      B: [[visit("B")], attempt([call("B")], "C", [handler("Failed", ask("known"), visit("store"))])],
      C: [[visit("C"), finish("ok")], stop],
      Failed: [[call("Notify"), fail("Failed")], stop],
      A: [[visit("A")], attempt([call("A")], "B", [handler("Failed", ask("known"), visit("store"))])],
    });
    expect(show({ ...region, entry: "A" })).toMatchInlineSnapshot(`
      "
      visit "A"
      try {
        call "A" activity "A" with null
        visit "B"
        call "B" activity "B" with null
      } catch %failure: unknown when known<boolean>() {
        visit "store"
        call "Notify" activity "Notify" with null
        fail "Failed" "Failed", ""
      }
      visit "C"
      finish "ok"
      "
    `);
  });

  test("with different handlers that lead to the same place break to it", () => {
    const region = jumps({
      A: [[], attempt([call("A")], "B", [handler("Failed", null, visit("in A"))])],
      B: [[], attempt([call("B")], "C", [handler("Failed", null, visit("in B"))])],
      C: [[visit("C"), finish("ok")], stop],
      Failed: [[call("Notify"), fail("Failed")], stop],
    });
    expect(show(region)).toMatchInlineSnapshot(`
      "
      block "Failed" {
        try {
          call "A" activity "A" with null
        } catch %failure: unknown {
          visit "in A"
          break "Failed"
        }
        try {
          call "B" activity "B" with null
        } catch %failure.2: unknown {
          visit "in B"
          break "Failed"
        }
        visit "C"
        finish "ok"
      }
      call "Notify" activity "Notify" with null
      fail "Failed" "Failed", ""
      "
    `);
  });
});

describe("regions in regions", () => {
  test("are structured, and all labels of a program are different", () => {
    const inner = jumps({
      Wait: [[call("inner")], branch([[is("again"), "Wait"]], "End")],
      End: [[call("close"), finish("inner")], stop],
    });
    const item: Variable = { name: "item", type: string, role: "bound" };
    const index: Variable = { name: "index", type: string, role: "bound" };
    const each: Step = {
      kind: "forEach",
      step: "Each",
      items: literal("x"),
      item,
      index,
      concurrency: null,
      body: inner,
      result: null,
      origin,
    };
    const region = sequence(
      { kind: "decide", cases: [{ when: is("x"), then: sequence(each) }], otherwise: null, origin },
      {
        kind: "scope",
        step: "Part",
        body: inner,
        timeoutMs: null,
        retry: [],
        origin,
      },
    );
    expect(show(region)).toMatchInlineSnapshot(`
      "
      if (%status: string === "x") {
        forEach "Each" %item: string, %index: string of "x" {
          loop "Wait" {
            call "inner" activity "inner" with null
            if (%status !== "again") {
              break "Wait"
            }
          }
          call "close" activity "close" with null
          finish "inner"
        }
      }
      scope "Part" {
        loop "Wait 2" {
          call "inner" activity "inner" with null
          if (%status !== "again") {
            break "Wait 2"
          }
        }
        call "close" activity "close" with null
        finish "inner"
      }
      "
    `);
  });
});

describe("large regions", () => {
  const SIZE = 5_000;
  const chain = (block: (index: number) => Parameters<typeof jumps>[0][string]): Jumps => {
    const blocks = Array.from({ length: SIZE }, (_, index) => [`b${index}`, block(index)] as const);
    return jumps({ ...Object.fromEntries(blocks), [`b${SIZE}`]: [[finish("end")], stop] });
  };
  const depth = (region: Region): number => {
    const { body } = structure(program(region));
    return body.kind === "sequence" ? Math.max(...body.steps.map(depthOf)) : Number.POSITIVE_INFINITY;
  };

  test.each([
    ["a chain", 0, chain((index) => [[call("work")], jump(`b${index + 1}`)])],
    ["guards", 6, chain((index) => [[visit("v")], branch([[ask("x"), `b${SIZE}`]], `b${index + 1}`)])],
    ["nested cases", 20, chain((index) => [[visit("v")], branch([[ask("x"), `b${index + 1}`]], `b${SIZE}`)])],
    [
      "loops in loops",
      10,
      chain((index) => [[call("v")], branch([[ask("x"), `b${Math.max(0, index - 1)}`]], `b${index + 1}`)]),
    ],
    [
      "jumps to anywhere",
      10,
      chain((index) => [[call("v")], branch([[ask("x"), `b${(index * 4_799) % SIZE}`]], `b${index + 1}`)]),
    ],
    [
      "overlapping branches",
      10,
      chain((index) => [[call("v")], branch([[ask("x"), `b${Math.min(index + 2, SIZE)}`]], `b${index + 1}`)]),
    ],
  ])("do not nest deeply: %s", (_, limit, region) => {
    expect(depth(region)).toBeLessThanOrEqual(limit);
  });

  test("do not make an endless else-if of a decision with many cases", () => {
    const cases = Array.from({ length: 1_000 }, (_, index) => [is(`${index}`), `b${index}`] as const);
    const blocks = cases.map(([, to]) => [to, [[call(to)], jump("end")]] as const);
    const region = jumps({
      start: [[visit("start")], branch(cases, "end")],
      ...Object.fromEntries(blocks),
      end: [[call("end"), finish("x")], stop],
    });
    const text = show(region);
    const longest = Math.max(...text.split(/^ *if /m).map((part) => part.split("else if").length));
    expect(longest).toBe(64);
    expect(text.match(/call "b\d+"/g)).toHaveLength(1_000);
  });
});
