import { describe, expect, test } from "vitest";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { After, Choice, FlowHandler, Join, Region, Step, Task } from "../../server/ir/program.ts";
import { unknown } from "../../server/ir/types.ts";
import { structureFlow } from "../../server/structure/flow.ts";
import { call, holds, literal, origin } from "./flow-world.ts";

const all: Join = { kind: "all" };
const first: Join = { kind: "first" };

/** A task that calls an activity of its own name. Links are written `from` or `from.outcome`. */
function task(id: string, links: readonly string[] = [], more: Partial<Task> = {}): Task {
  const incoming = links.map((text) => {
    const [from = "", outcome = null] = text.split(".");
    return { from, outcome, steps: [], origin };
  });
  return { id, origin, steps: [call(id)], choice: { kind: "all" }, incoming, join: { kind: "any" }, ...more };
}

/** A task that takes no time and decides. */
function decision(id: string, links: readonly string[], ...outcomes: readonly string[]): Task {
  const cases = outcomes.slice(0, -1).map((outcome, index) => ({ when: holds(id, index), outcome }));
  const choice: Choice = { kind: "cases", cases, otherwise: outcomes.at(-1) ?? "" };
  return task(id, links, { choice, steps: [{ kind: "visit", step: id, origin }] });
}

const failure: Variable = { name: "failure", type: unknown, role: "bound" };
const handler: FlowHandler = { failure, when: null, steps: [], outcome: "error" };
const caught: Partial<Task> = { choice: { kind: "failure", ok: "ok", handlers: [handler] } };

/** The steps as indented lines. */
function lines(...tasks: readonly Task[]): readonly string[] {
  return written(structureFlow({ kind: "flow", tasks, after: [] }));
}

function written(region: Region | null): readonly string[] {
  return region?.kind === "sequence" ? region.steps.flatMap(lineOf) : [];
}

const inner = (region: Region | null): readonly string[] => written(region).map((line) => `  ${line}`);

function lineOf(step: Step): readonly string[] {
  switch (step.kind) {
    case "call":
    case "visit":
      return [step.step];
    case "skip":
      return [`skip ${step.steps.join(" ")}`];
    case "assign":
      return [`${step.variable.name} := ${show(step.value)}`];
    case "break":
      return [`break ${step.label}`];
    case "decide":
      return [
        ...step.cases.flatMap(({ when, then }, index) => [
          `${index === 0 ? "" : "else "}if ${show(when)}`,
          ...inner(then),
        ]),
        ...(step.otherwise === null ? [] : ["else", ...inner(step.otherwise)]),
      ];
    case "fork":
      return [
        "fork",
        ...step.branches.flatMap(({ name, after, body }) => [`- ${name}${waits(after)}`, ...inner(body)]),
      ];
    case "block":
      return [`block ${step.label}`, ...inner(step.body)];
    case "try":
      return ["try", ...inner(step.body), ...step.handlers.flatMap((each) => ["catch", ...inner(each.body)])];
    default:
      return [step.kind];
  }
}

function waits(after: After): string {
  if (after.kind === "all") return after.branches.length === 0 ? "" : ` after ${after.branches.join(" ")}`;
  return ` after ${after.count} of ${after.branches.map(({ name, taken }) => `${name} if ${show(taken)}`).join(", ")}`;
}

function show(e: Expression): string {
  if (e.kind === "literal") return String(e.value);
  if (e.kind === "variable") return `[${e.variable.name}]`;
  if (e.kind === "binary") return `${show(e.left)} ${e.operator} ${show(e.right)}`;
  if (e.kind === "unary") return `${e.operator}(${show(e.operand)})`;
  if (e.kind === "conditional") return `(${show(e.test)} ? ${show(e.then)} : ${show(e.otherwise)})`;
  return e.kind === "call" ? e.args.map(show).join("#") : e.kind;
}

describe("order and concurrency", () => {
  test("a chain is a sequence", () => {
    expect(lines(task("a"), task("b", ["a"]), task("c", ["b"]))).toEqual(["a", "b", "c"]);
  });

  test("a diamond is a fork between two tasks, and a link that says nothing new changes nothing", () => {
    const tasks = [task("a"), task("b", ["a"]), task("c", ["a"]), task("d", ["b", "c", "a"], { join: all })];
    expect(lines(...tasks)).toEqual(["a", "fork", "- b", "  b", "- c", "  c", "d"]);
  });

  test("an N waits branch by branch", () => {
    expect(lines(task("a"), task("b"), task("c", ["a"]), task("d", ["a", "b"]))).toEqual([
      "fork",
      "- a",
      "  a",
      "- b",
      "  b",
      "- c after a",
      "  c",
      "- d after a b",
      "  d",
    ]);
  });

  test("chains beside an N keep to their branches", () => {
    const tasks = [
      task("a"),
      task("a2", ["a"]),
      task("b"),
      task("c", ["a2"]),
      task("d", ["a2", "b"]),
      task("d2", ["d"]),
    ];
    expect(lines(...tasks)).toEqual([
      "fork",
      "- a",
      "  a",
      "  a2",
      "- b",
      "  b",
      "- c after a",
      "  c",
      "- d after a b",
      "  d",
      "  d2",
    ]);
  });

  test("what takes no time goes first and holds up nothing", () => {
    const now: Partial<Task> = { steps: [{ kind: "visit", step: "set", origin }] };
    const tasks = [task("a"), task("set", [], now), task("c", ["a", "set"]), task("d", ["set"])];
    expect(lines(...tasks)).toEqual(["set", "fork", "- a", "  a", "  c", "- d", "  d"]);
  });

  test("a flow without tasks runs what comes after it", () => {
    expect(structureFlow({ kind: "flow", tasks: [], after: [call("end")] }).steps).toEqual([call("end")]);
  });
});

describe("decisions", () => {
  test("if and else with a merge", () => {
    const tasks = [decision("d", [], "yes", "no"), task("a", ["d.yes"]), task("b", ["d.no"]), task("m", ["a", "b"])];
    expect(lines(...tasks)).toEqual(["d", "if d#0", "  skip b", "  a", "else", "  skip a", "  b", "m"]);
  });

  test("if without else", () => {
    const tasks = [decision("d", [], "yes", "no"), task("a", ["d.yes"]), task("m", ["a", "d.no"])];
    expect(lines(...tasks)).toEqual(["d", "if d#0", "  a", "else", "  skip a", "m"]);
    const other = [decision("d", [], "yes", "no"), task("a", ["d.no"]), task("m", ["a", "d.yes"])];
    expect(lines(...other)).toEqual(["d", "if d#0", "  skip a", "else", "  a", "m"]);
  });

  test("a switch of three, where two outcomes lead to the same task", () => {
    const three = [
      decision("d", [], "x", "y", "z"),
      task("a", ["d.x"]),
      task("b", ["d.y"]),
      task("c", ["d.z"]),
      task("m", ["a", "b", "c"]),
    ];
    expect(lines(...three)).toEqual([
      "d",
      "if d#0",
      "  skip b c",
      "  a",
      "else if d#1",
      "  skip a c",
      "  b",
      "else",
      "  skip a b",
      "  c",
      "m",
    ]);
    const shared = [decision("d", [], "x", "y", "z"), task("a", ["d.x", "d.y"]), task("c", ["d.z"])];
    expect(lines(...shared)).toEqual(["d", "if d#0 || d#1", "  skip c", "  a", "else", "  skip a", "  c"]);
  });

  test("decisions nest, and chains stay in their arm", () => {
    const tasks = [
      decision("d", [], "yes", "no"),
      decision("e", ["d.yes"], "yes", "no"),
      task("a", ["e.yes"]),
      task("b", ["e.no"]),
      task("m", ["a", "b"]),
      task("n", ["d.no"]),
      task("end", ["m", "n"]),
    ];
    expect(lines(...tasks)).toEqual([
      "d",
      "if d#0",
      "  skip n",
      "  e",
      "  if e#0",
      "    skip b",
      "    a",
      "  else",
      "    skip a",
      "    b",
      "  m",
      "else",
      "  skip e a b m",
      "  n",
      "end",
    ]);
  });

  test("two independent decisions that merge keep their outcomes", () => {
    const tasks = [
      decision("d", [], "yes", "no"),
      decision("e", [], "yes", "no"),
      task("m", ["d.yes", "e.yes"]),
      task("n", ["d.no", "e.no"], { join: all }),
    ];
    expect(lines(...tasks)).toEqual([
      "d",
      "d outcome := (d#0 ? yes : no)",
      "e",
      "e outcome := (e#0 ? yes : no)",
      "fork",
      "- m",
      "  if [d outcome] === yes || [e outcome] === yes",
      "    m",
      "  else",
      "    skip m",
      "- n",
      "  if [d outcome] === no && [e outcome] === no",
      "    n",
      "  else",
      "    skip n",
    ]);
  });

  test("arms of one decision run beside what does not depend on it", () => {
    const tasks = [
      task("s"),
      decision("d", ["s"], "yes", "no"),
      task("a", ["d.yes"]),
      task("b", ["d.no"]),
      task("other", ["s"]),
    ];
    expect(lines(...tasks)).toEqual([
      "s",
      "d",
      "d outcome := (d#0 ? yes : no)",
      "fork",
      "- a",
      "  if [d outcome] === yes",
      "    skip b",
      "    a",
      "  else",
      "    skip a",
      "    b",
      "- other",
      "  other",
    ]);
  });

  test("what nobody asks for is not kept", () => {
    expect(lines(decision("d", [], "yes", "no"), task("m", ["d"]))).toEqual(["d", "m"]);
  });
});

describe("failures", () => {
  test("compensation is a handler", () => {
    const tasks = [task("charge", [], caught), task("compensate", ["charge.error"])];
    expect(lines(...tasks)).toEqual(["try", "  charge", "  skip compensate", "catch", "  compensate"]);
  });

  test("what follows success stays out of reach of the handler", () => {
    const tasks = [
      task("charge", [], caught),
      task("ship", ["charge.ok"]),
      task("compensate", ["charge.error"]),
      task("end", ["ship", "compensate"]),
    ];
    expect(lines(...tasks)).toEqual([
      "block charge",
      "  try",
      "    charge",
      "  catch",
      "    skip ship",
      "    compensate",
      "    break charge",
      "  skip compensate",
      "  ship",
      "end",
    ]);
  });

  test("paths that merge at once need no arms", () => {
    expect(lines(task("charge", [], caught), task("end", ["charge.ok", "charge.error"]))).toEqual([
      "try",
      "  charge",
      "catch",
      "end",
    ]);
  });

  test("a handler that ends by failing needs no block", () => {
    const fails: Step = { kind: "fail", step: "give up", error: literal("E"), cause: literal(""), origin };
    const tasks = [
      task("charge", [], caught),
      task("ship", ["charge.ok"]),
      task("stop", ["charge.error"], { steps: [fails] }),
    ];
    expect(lines(...tasks)).toEqual(["try", "  charge", "catch", "  skip ship", "  fail", "skip stop", "ship"]);
  });
});

describe("early joins", () => {
  test("a discriminator starts with the first, and the others go on", () => {
    expect(lines(task("a"), task("b"), task("c", ["a", "b"], { join: first }), task("d", ["c"]))).toEqual([
      "fork",
      "- a",
      "  a",
      "- b",
      "  b",
      "- c after 1 of a if true, b if true",
      "  c",
      "  d",
    ]);
  });

  test("a discriminator over paths that may be left asks which of them were taken", () => {
    const tasks = [
      decision("x", [], "yes", "no"),
      task("a", ["x.yes"]),
      task("b"),
      task("c", ["a", "b"], { join: first }),
    ];
    expect(lines(...tasks).slice(-2)).toEqual(["- c after 1 of a if [a taken], b if true", "  c"]);
  });

  test("a partial join starts with the second of three", () => {
    const tasks = [task("a"), task("b"), task("c"), task("d", ["a", "b", "c"], { join: { kind: "count", count: 2 } })];
    expect(lines(...tasks).slice(-2)).toEqual(["- d after 2 of a if true, b if true, c if true", "  d"]);
  });

  test("a partial join over paths that may be left counts those that were taken", () => {
    const tasks = [
      decision("x", [], "yes", "no"),
      task("a", ["x.yes"]),
      task("b", ["x.yes"]),
      task("c"),
      task("d", ["a", "b", "c"], { join: { kind: "count", count: 2 } }),
    ];
    expect(lines(...tasks).slice(-5)).toEqual([
      "- d after 2 of a if [a taken], b if [b taken], c if true",
      "  if [a taken] || [b taken]",
      "    d",
      "  else",
      "    skip d",
    ]);
  });

  test("where branches of one decision meet, the first is as good as any", () => {
    const tasks = [
      decision("d", [], "yes", "no"),
      task("a", ["d.yes"]),
      task("b", ["d.no"]),
      task("m", ["a", "b"], { join: first }),
    ];
    expect(lines(...tasks)).toEqual(["d", "if d#0", "  skip b", "  a", "else", "  skip a", "  b", "m"]);
  });
});

describe("values of links", () => {
  const port: Variable = { name: "port", type: unknown, role: "local" };
  const carrying = (target: Task): Task => ({
    ...target,
    incoming: target.incoming.map((link) => ({
      ...link,
      steps: [{ kind: "assign", variable: port, value: literal(link.from), origin }],
    })),
  });

  test("are assigned where the link is taken", () => {
    const tasks = [decision("d", [], "yes", "no"), task("a", ["d.yes"]), carrying(task("m", ["a", "d.no"]))];
    expect(lines(...tasks)).toEqual(["d", "if d#0", "  a", "  port := a", "else", "  port := d", "  skip a", "m"]);
  });

  test("of two that are always taken the first in the document wins", () => {
    expect(lines(task("a"), task("b"), carrying(task("m", ["b", "a"])))).toEqual([
      "fork",
      "- a",
      "  a",
      "- b",
      "  b",
      "  port := b",
      "m",
    ]);
  });

  test("of two that may be taken the choice is made when the task starts", () => {
    const tasks = [
      decision("d", [], "yes", "no"),
      decision("e", [], "yes", "no"),
      carrying(task("m", ["d.yes", "e.yes"])),
    ];
    expect(lines(...tasks).slice(-8)).toEqual([
      "if [d outcome] === yes || [e outcome] === yes",
      "  if [d yes taken]",
      "    port := [port from d]",
      "  else if [e yes taken]",
      "    port := [port from e]",
      "  m",
      "else",
      "  skip m",
    ]);
  });
});

describe("large flows", () => {
  test("thousands of nested decisions stay shallow", () => {
    const tasks = Array.from({ length: 3_000 }, (_, i) =>
      decision(`d${i}`, i === 0 ? [] : [`d${i - 1}.yes`], "yes", "no"),
    );
    const deepest = Math.max(...lines(...tasks).map((line) => line.length - line.trimStart().length));
    expect(deepest).toBeLessThan(60);
  });
});
