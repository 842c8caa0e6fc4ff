import { describe, expect, it } from "vitest";
import { runChecks } from "../../server/checks/checks.ts";
import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import type { Block, Flow, Join, Program, Region, Step, Task, Terminator } from "../../server/ir/program.ts";
import { boolean, unknown } from "../../server/ir/types.ts";

const at = (node: string): Origin => ({ span: { start: 0, end: 0 }, pointer: `/${node}`, node });

function problemsOf(body: Region): readonly string[] {
  const findings = createFindings();
  const program: Program = {
    name: "test",
    version: "",
    title: "",
    description: "",
    input: unknown,
    output: unknown,
    declarations: [],
    activities: [],
    parameters: [],
    inputVariable: { name: "input", type: unknown, role: "input" },
    parametersVariable: null,
    body,
  };
  runChecks(program, findings);
  return findings.list.map(({ code, origin }) => `${code} ${origin.node}`);
}

describe("flows", () => {
  const task = (
    id: string,
    from: readonly (readonly [string, string | null])[],
    join: Join,
    more: Partial<Task> = {},
  ): Task => ({
    id,
    origin: at(id),
    steps: [],
    choice: { kind: "all" },
    incoming: from.map(([source, outcome]) => ({ from: source, outcome, steps: [], origin: at(id) })),
    join,
    ...more,
  });
  const any: Join = { kind: "any" };
  const all: Join = { kind: "all" };
  const literal = (value: boolean) => ({ kind: "literal", value, type: boolean, origin: at("i") }) as const;
  const decides = (when: Task["choice"]): Partial<Task> => ({ choice: when });
  const unsure = decides({
    kind: "cases",
    cases: [
      {
        when: {
          kind: "variable",
          variable: { name: "x", type: boolean, role: "input" },
          type: boolean,
          origin: at("i"),
        },
        outcome: "then",
      },
    ],
    otherwise: "else",
  });
  const flow = (...tasks: readonly Task[]): Flow => ({ kind: "flow", tasks, after: [] });

  it("can join what is taken together", () => {
    expect(problemsOf(flow(task("a", [], any), task("b", [["a", null]], all)))).toEqual([]);
  });

  it("cannot join what excludes each other", () => {
    const both = [
      ["i", "then"],
      ["i", "else"],
    ] as const;
    expect(problemsOf(flow(task("i", [], any, unsure), task("b", both, all), task("c", both, any)))).toEqual([
      "WF_VALIDATION_010 b",
    ]);
  });

  it("cannot wait for more links than there are, and what follows is not reported again", () => {
    const tasks = [
      task("a", [], any),
      task("b", [["a", null]], { kind: "count", count: 2 }),
      task("c", [["b", null]], any),
    ];
    expect(problemsOf(flow(...tasks))).toEqual(["WF_VALIDATION_010 b"]);
  });

  it("never go where a constant condition does not lead", () => {
    const constant = decides({ kind: "cases", cases: [{ when: literal(true), outcome: "then" }], otherwise: "else" });
    expect(
      problemsOf(flow(task("i", [], any, constant), task("b", [["i", "then"]], any), task("c", [["i", "else"]], any))),
    ).toEqual(["WF_VALIDATION_009 c"]);
  });

  it("are looked at inside of containers", () => {
    const inner = flow(task("b", [["gone", null]], any));
    const scope: Step = { kind: "scope", step: "a", body: inner, timeoutMs: null, retry: [], origin: at("a") };
    expect(problemsOf(flow(task("a", [], any, { steps: [scope] })))).toEqual(["WF_VALIDATION_009 b"]);
  });
});

describe("jumps", () => {
  const block = (label: string, end: Terminator, steps: readonly Step[] = []): Block => ({
    label,
    origin: at(label),
    steps,
    end,
  });
  const jump = (to: string): Terminator => ({ kind: "jump", to });
  const stop: Terminator = { kind: "stop" };
  const branch = (to: string, otherwise: string): Terminator => ({
    kind: "branch",
    cases: [{ when: { kind: "literal", value: true, type: boolean, origin: at("") }, to }],
    otherwise,
  });
  const jumps = (...blocks: readonly Block[]): Region => ({
    kind: "jumps",
    entry: blocks[0]?.label ?? "",
    blocks: new Map(blocks.map((one) => [one.label, one])),
  });

  it("may loop as long as something leads out", () => {
    expect(problemsOf(jumps(block("a", jump("b")), block("b", branch("a", "c")), block("c", stop)))).toEqual([]);
  });

  it("report states that nothing leads to", () => {
    expect(problemsOf(jumps(block("a", stop), block("b", jump("a"))))).toEqual(["WF_VALIDATION_009 b"]);
  });

  it("report loops that nothing leads out of, once", () => {
    expect(
      problemsOf(jumps(block("a", branch("b", "d")), block("b", jump("c")), block("c", jump("b")), block("d", stop))),
    ).toEqual(["WF_VALIDATION_011 b"]);
    expect(problemsOf(jumps(block("a", jump("a"))))).toEqual(["WF_VALIDATION_011 a"]);
  });

  it("take a failure that the definition raises for an end", () => {
    const fail: Step = {
      kind: "fail",
      step: "a",
      error: { kind: "literal", value: "E", type: unknown, origin: at("a") },
      cause: { kind: "literal", value: "", type: unknown, origin: at("a") },
      origin: at("a"),
    };
    expect(problemsOf(jumps(block("a", jump("a"), [fail])))).toEqual([]);
  });
});
