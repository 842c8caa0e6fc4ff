import { describe, expect, test } from "vitest";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import { naturalType, type Untyped } from "../../server/ir/natural-type.ts";
import { printProgram } from "../../server/ir/print.ts";
import type { Program, Region, RetryRule, Step } from "../../server/ir/program.ts";
import { boolean, integer, nullType, number, string, type Type, unknown } from "../../server/ir/types.ts";
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
} from "../structure/build.ts";

function body(region: Region): string {
  const lines = printProgram(program(region)).split("\n");
  return lines
    .slice(
      lines.findIndex((line) => line.startsWith("  body ")),
      -2,
    )
    .map((line) => line.slice(2))
    .join("\n");
}

function steps(...list: Step[]): string {
  const lines = body(sequence(...list))
    .split("\n")
    .slice(1, -1);
  return lines.map((line) => line.slice(2)).join("\n");
}

function local(name: string, type: Type = string): Variable {
  return { name, type, role: "local" };
}

function read(variable: Variable): Expression {
  return { kind: "variable", variable, type: variable.type, origin };
}

function assign(variable: Variable, value: Expression): Step {
  return { kind: "assign", variable, value, origin };
}

/** As front ends type the numbers of limits. */
function ms(value: number): Expression {
  return { ...literal(value), type: integer };
}

const retry: RetryRule = {
  failure: null,
  when: null,
  retries: 3,
  initialMs: 1_000,
  multiplier: 2,
  maxMs: Number.POSITIVE_INFINITY,
  jitter: "full",
};

describe("a program", () => {
  test("begins with its interface", () => {
    const customer: Type = {
      kind: "object",
      members: new Map([["name", { type: string, required: true }]]),
      additional: null,
    };
    const declaration = { name: "Customer", type: customer };
    const whole: Program = {
      ...program(sequence(finish("done"))),
      name: "order",
      version: "1.2.0",
      title: "An order",
      description: 'Says "hello"\nand more',
      input: { kind: "named", declaration },
      inputVariable: { name: "input", type: { kind: "named", declaration }, role: "input" },
      parametersVariable: { name: "parameters", type: customer, role: "parameters" },
      declarations: [declaration],
      activities: [{ name: "payments.charge", description: "", input: customer, output: boolean, origin }],
      parameters: [{ name: "TableName", type: string, origin }],
    };
    expect(printProgram(whole)).toBe(`workflow "order" version "1.2.0" {
  title "An order"
  description "Says \\"hello\\"\\nand more"
  type Customer = { name: string }
  input %input: Customer
  parameters %parameters: { name: string }
  output string
  activity "payments.charge": { name: string } -> boolean
  parameter "TableName": string
  body {
    finish "done"
  }
}
`);
  });

  test("prints alike each time, and with places where asked to", () => {
    const placed = program(sequence({ ...visit("a"), origin: { ...origin, pointer: "/spec/nodes/0" } }));
    expect(printProgram(placed)).toBe(printProgram(placed));
    expect(printProgram(placed, { origins: true })).toContain('    visit "a" @ "/spec/nodes/0"\n');
  });

  test("holds printable ASCII only", () => {
    const nasty = "caf\u00e9 \u202e \u2028 \u0000 \ud800";
    const text = steps(visit(nasty), assign(local(nasty), literal(nasty)), finish(nasty));
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(text.split("\n")[0]).toBe('visit "caf\\u00e9 \\u202e \\u2028 \\u0000 \\ud800"');
  });
});

describe("variables", () => {
  test("of the same name are told apart, and have their type where they are first bound", () => {
    const [first, second, odd] = [local("x"), local("x", integer), local("two words")];
    expect(
      steps(
        assign(first, literal("a")),
        assign(second, literal(1)),
        assign(odd, read(second)),
        assign(first, read(odd)),
      ),
    ).toBe(['%x: string = "a"', "%x.2: integer = 1", '%"two words": string = %x.2', '%x = %"two words"'].join("\n"));
  });
});

describe("expressions", () => {
  const x = local("x", unknown);
  const of = (expression: Untyped): string => {
    const value: Expression = { ...expression, type: naturalType(expression, "elsewhere"), origin };
    return steps(assign(x, read(x)), { kind: "evaluate", value, origin }).split("\nevaluate ")[1] ?? "";
  };

  test("are plain and have no precedence", () => {
    const [one, two] = [literal(1), literal(-2)];
    expect(of({ kind: "literal", value: null })).toBe("null");
    expect(of({ kind: "array", items: [one, two] })).toBe("[1, -2]");
    expect(
      of({
        kind: "object",
        members: [
          { key: "a", value: one },
          { key: "b c", value: literal(true) },
        ],
      }),
    ).toBe('{a: 1, "b c": true}');
    expect(of({ kind: "member", of: read(x), name: "name", optional: false })).toBe("%x.name");
    expect(of({ kind: "member", of: read(x), name: "first name", optional: true })).toBe('%x?."first name"');
    expect(of({ kind: "unary", operator: "-", operand: two })).toBe("-(-2)");
    expect(of({ kind: "binary", operator: "??", left: read(x), right: one })).toBe("(%x ?? 1)");
    expect(of({ kind: "conditional", test: ask("t"), then: one, otherwise: two })).toBe("(t<boolean>() ? 1 : -2)");
    expect(of({ kind: "template", parts: ["Dear ", read(x), "!"] })).toBe('template("Dear ", %x, "!")');
    expect(of({ kind: "lambda", parameters: [local("y", number)], body: one })).toBe("(%y: number) => 1");
  });

  test("have their type behind them where it does not follow from their parts", () => {
    const wide = (value: Expression, type: Type): string =>
      steps({ kind: "evaluate", value: { ...value, type }, origin }).slice("evaluate ".length);
    expect(wide(literal(1), { kind: "literal", value: 1 })).toBe("1");
    expect(wide(literal(1), integer)).toBe("(1 as integer)");
    expect(wide(read(local("y", string)), unknown)).toBe("(%y: string as unknown)");
  });

  test("in a text are told from the text", () => {
    expect(of({ kind: "template", parts: ["a", literal("a"), literal(1)] })).toBe('template("a", ("a"), 1)');
  });
});

describe("types", () => {
  test("are whole, and the long ones stand at the top, once each", () => {
    const members = Array.from(
      { length: 30 },
      (_, index) => [`member${index}`, { type: string, required: true }] as const,
    );
    const long = (): Type => ({ kind: "object", members: new Map(members), additional: null });
    const list: Type = { kind: "array", element: long() };
    const text = printProgram(
      program(sequence(assign(local("x", long()), literal(1)), assign(local("y", list), literal(1)))),
    );
    expect(text).toMatch(/^ {2}shape #1 = \{ member0: string; .*; member29: string \}\n {2}input/m);
    expect(text).toContain("    %x: #1 = 1\n    %y: #1[] = 1\n");
  });

  test("that hold the same part over and over do not grow without bound", () => {
    let type: Type = string;
    const double = (of: Type): Type => ({ kind: "tuple", elements: [of, of], rest: null });
    for (let depth = 0; depth < 60; depth++) type = double(type);
    expect(steps(assign(local("x", type), literal(1))).length).toBeLessThan(200);
  });

  test.each<readonly [Type, string]>([
    [{ kind: "string", format: "date" }, 'string("date")'],
    [{ kind: "array", element: { kind: "union", of: [string, nullType] } }, "(string | null)[]"],
    [{ kind: "tuple", elements: [integer], rest: number }, "[integer, ...number[]]"],
    [{ kind: "named", declaration: { name: "string", type: unknown } }, '#"string"'],
  ])("%j", (type, text) => {
    expect(steps(assign(local("x", type), literal(1)))).toBe(`%x: ${text} = 1`);
  });
});

describe("steps", () => {
  test("that do one thing are a line each", () => {
    const failure = local("failure", unknown);
    const rule: RetryRule = { ...retry, failure, when: ask("isBusy"), retries: 1, maxMs: 500, jitter: 0.2 };
    const text = steps(
      {
        ...call("charge"),
        kind: "call",
        step: "charge",
        activity: "payments.charge",
        input: literal(1),
        result: local("charge"),
        timeoutMs: ms(30_000),
        timeoutError: "TooSlow",
        retry: [rule, retry],
        origin,
      },
      {
        kind: "call",
        step: "get",
        activity: "",
        builtin: "httpRequest",
        input: literal(1),
        result: null,
        timeoutMs: null,
        heartbeatMs: ms(5),
        retry: [],
        origin,
      },
      { kind: "evaluate", value: ask("check"), origin },
      visit("decide"),
      { kind: "skip", steps: ["a", "b"], origin },
      { kind: "wait", step: "pause", until: { kind: "duration", ms: ms(100) }, origin },
      { kind: "wait", step: "pause", until: { kind: "timestamp", timestamp: literal("2026-01-01T00:00:00Z") }, origin },
      {
        kind: "receive",
        step: "approval",
        channel: "approvals",
        result: local("message", unknown),
        timeoutMs: ms(9),
        origin,
      },
      { kind: "rethrow", failure, origin },
      fail("stop"),
      { kind: "finish", value: null, origin },
    );
    expect(text).toBe(
      [
        'call "charge" activity "payments.charge" with 1 -> %charge: string timeout 30000 error "TooSlow"' +
          " retry(%failure: unknown when isBusy<boolean>() times 1, initial 1000, multiplier 2, max 500, jitter 0.2)" +
          " retry(times 3, initial 1000, multiplier 2, max Infinity, jitter full)",
        'call "get" builtin "httpRequest" with 1 heartbeat 5',
        "evaluate check<boolean>()",
        'visit "decide"',
        'skip "a", "b"',
        'wait "pause" for 100',
        'wait "pause" until "2026-01-01T00:00:00Z"',
        'receive "approval" channel "approvals" -> %message: unknown timeout 9',
        "rethrow %failure",
        'fail "stop" "stop", ""',
        "finish",
      ].join("\n"),
    );
  });

  test("that hold others nest", () => {
    const failure = local("failure", unknown);
    const text = steps(
      {
        kind: "decide",
        cases: [
          { when: ask("a"), then: sequence(visit("a")) },
          { when: ask("b"), then: sequence() },
        ],
        otherwise: sequence(visit("c")),
        origin,
      },
      {
        kind: "try",
        body: sequence(call("work")),
        handlers: [
          { failure, when: ask("known"), body: sequence(visit("known")) },
          {
            failure: local("failure", unknown),
            when: null,
            body: sequence({ kind: "decide", cases: [{ when: ask("d"), then: sequence() }], otherwise: null, origin }),
          },
        ],
        finally: sequence(visit("last")),
        origin,
      },
      {
        kind: "loop",
        label: "again",
        test: ask("more"),
        body: sequence({ kind: "continue", label: "again", origin }),
        origin,
      },
      { kind: "block", label: "out", body: sequence({ kind: "break", label: "out", origin }), origin },
      { kind: "scope", step: "part", body: sequence(), timeoutMs: ms(5), retry: [], origin },
      {
        kind: "forEach",
        step: "each",
        items: literal("items"),
        item: local("item"),
        index: local("index", integer),
        concurrency: ms(4),
        body: sequence(finish("x")),
        result: local("results", unknown),
        origin,
      },
      {
        kind: "fork",
        branches: [
          { name: "a", after: { kind: "all", branches: [] }, body: sequence(visit("a")) },
          { name: "b", after: { kind: "all", branches: ["a"] }, body: sequence() },
          {
            name: "c",
            after: { kind: "count", count: 1, branches: [{ name: "a", taken: literal(true) }] },
            body: sequence(),
          },
        ],
        origin,
      },
    );
    expect(text).toBe(`if a<boolean>() {
  visit "a"
} else if b<boolean>() {
} else {
  visit "c"
}
try {
  call "work" activity "work" with null
} catch %failure: unknown when known<boolean>() {
  visit "known"
} catch %failure.2: unknown {
  if d<boolean>() {
  }
} finally {
  visit "last"
}
loop "again" while more<boolean>() {
  continue "again"
}
block "out" {
  break "out"
}
scope "part" timeout 5 {
}
forEach "each" %item: string, %index: integer of "items" concurrency 4 -> %results: unknown {
  finish "x"
}
fork {
  branch "a" {
    visit "a"
  }
  branch "b" after all("a") {
  }
  branch "c" after 1 of("a" true) {
  }
}`);
  });
});

describe("regions", () => {
  test("of jumps list their blocks", () => {
    const region = jumps({
      A: [[visit("A")], branch([[ask("c"), "B"]], "C")],
      B: [[], attempt([call("B")], "C", [handler("A", ask("known"), visit("caught")), handler("C")])],
      C: [[finish("c")], stop],
      D: [[], jump("A")],
    });
    expect(body(region)).toBe(`body jumps "A" {
  block "A" {
    visit "A"
    branch {
      when c<boolean>() jump "B"
      else jump "C"
    }
  }
  block "B" {
    attempt {
      call "B" activity "B" with null
    } catch %failure: unknown when known<boolean>() {
      visit "caught"
      jump "A"
    } catch %failure.2: unknown {
      jump "C"
    } then jump "C"
  }
  block "C" {
    finish "c"
    stop
  }
  block "D" {
    jump "A"
  }
}`);
  });

  test("of flows list their tasks", () => {
    const input: Expression = { kind: "literal", value: null, type: nullType, origin };
    const port = local("port", unknown);
    const region: Region = {
      kind: "flow",
      before: [assign(port, input)],
      tasks: [
        { id: "a", origin, steps: [visit("a")], choice: { kind: "all" }, incoming: [], join: { kind: "any" } },
        {
          id: "b",
          origin,
          steps: [],
          choice: { kind: "cases", cases: [{ when: ask("big"), outcome: "large" }], otherwise: "small" },
          incoming: [{ from: "a", outcome: null, steps: [assign(port, literal(1))], origin }],
          join: { kind: "count", count: 1 },
        },
        {
          id: "c",
          origin,
          steps: [call("c")],
          choice: {
            kind: "failure",
            ok: "out",
            handlers: [{ failure: local("failure", unknown), when: null, steps: [visit("caught")], outcome: "error" }],
          },
          incoming: [{ from: "b", outcome: "large", steps: [], origin }],
          join: { kind: "all" },
        },
      ],
      after: [finish("x")],
    };
    expect(body(region)).toBe(`body flow {
  before {
    %port: unknown = null
  }
  task "a" any {
    do {
      visit "a"
    }
    take all
  }
  task "b" count 1 {
    link "a" {
      %port = 1
    }
    do {
    }
    take {
      when big<boolean>() "large"
      else "small"
    }
  }
  task "c" all {
    link "b"."large" {
    }
    do {
      call "c" activity "c" with null
    }
    take "out"
    catch %failure: unknown {
      visit "caught"
      take "error"
    }
  }
  after {
    finish "x"
  }
}`);
  });
});
