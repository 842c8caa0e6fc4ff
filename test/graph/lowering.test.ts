import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Task } from "../../server/ir/program.ts";
import { showType } from "../../server/ir/show-type.ts";
import { analyse, asFlow, components, flowOf, stepOf, taskOf, workflow } from "./analyse.ts";

function lower(spec: string) {
  const analysis = analyse(workflow(`${components}\n${spec}`));
  expect(analysis.problems).toEqual([]);
  return { program: analysis.program, flow: flowOf(analysis) };
}

function links(task: Task): readonly (readonly [string, string | null])[] {
  return task.incoming.map(({ from, outcome }) => [from, outcome]);
}

describe("graphs as flows", () => {
  it("makes a task of each node and a link of each connection", () => {
    const { flow } = lower(
      `nodes: [{ id: b, type: t.step }, { id: a, type: t.step }]\nconnections: [{ from: a, to: b }]`,
    );
    expect(flow.tasks.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(links(taskOf(flow, "b"))).toEqual([["a", null]]);
    expect(taskOf(flow, "b").join).toEqual({ kind: "any" });
  });

  it("reads a certain port where it comes from, without a variable of its own", () => {
    const { flow } = lower(
      `nodes: [{ id: a, type: t.step }, { id: b, type: t.step }]\nconnections: [{ from: a, to: b }]`,
    );
    const { input } = stepOf(taskOf(flow, "b").steps, "call");
    const { result } = stepOf(taskOf(flow, "a").steps, "call");
    expect(input).toMatchObject({
      kind: "object",
      members: [{ key: "in", value: { kind: "variable", variable: result } }],
    });
    expect(taskOf(flow, "b").incoming[0]?.steps).toEqual([]);
  });

  it("leaves out results that nobody reads", () => {
    const { flow } = lower(
      "nodes: [{ id: a, type: t.step }, { id: b, type: core.scope, nodes: [{ id: c, type: t.step }] }]",
    );
    expect(stepOf(taskOf(flow, "a").steps, "call").result).toBeNull();
    const inner = asFlow(stepOf(taskOf(flow, "b").steps, "scope").body);
    expect(stepOf(taskOf(inner, "c").steps, "call").result).toBeNull();
  });

  it("carries the value of the path that was taken", () => {
    const { flow } = lower(`nodes:
  - { id: i, type: core.if, with: { condition: '\${ input.n > 1.0 }' } }
  - { id: a, type: t.step }
  - { id: b, type: t.step }
  - { id: m, type: core.merge }
connections: [{ from: i.then, to: a }, { from: i.else, to: b }, { from: a, to: m }, { from: b, to: m }]
output: '\${ m.out }'`);
    const [first, second] = taskOf(flow, "m").incoming;
    const variable = stepOf(first?.steps ?? [], "assign").variable;
    expect(stepOf(second?.steps ?? [], "assign").variable).toBe(variable);
    expect(showType(variable.type)).toBe("number");
    expect(stepOf(flow.after, "finish").value).toMatchObject({ kind: "variable", variable });
    expect(flow.before).toEqual([]);
  });

  it("leaves an optional port out where no connection to it is taken", () => {
    const { flow } = lower(`nodes:
  - { id: i, type: core.if, with: { condition: '\${ input.n > 1.0 }' } }
  - { id: a, type: t.step }
  - { id: b, type: t.step }
connections: [{ from: i.then, to: a }, { from: a, to: b.in }, { from: i.else, to: b }]`);
    const [initial] = flow.before ?? [];
    expect(initial).toMatchObject({ kind: "assign", value: { kind: "literal", value: null } });
    const { input } = stepOf(taskOf(flow, "b").steps, "call");
    expect(input).toMatchObject({
      kind: "conditional",
      then: { members: [] },
      otherwise: { members: [{ key: "in" }] },
    });
  });

  it("gives several ports as members, exclusive ones by name", () => {
    const { flow, program } = lower(`nodes:
  - { id: a, type: t.need, with: { value: 1 } }
  - { id: c, type: t.choose }
  - { id: d, type: t.need, with: { value: '\${ c.yes + a.b }' } }
connections: [{ from: a, to: c }, { from: c.yes, to: d }]`);
    expect(program?.activities.map(({ name, output }) => `${name}: ${showType(output)}`)).toEqual([
      "t.need: { a: string; b: number }",
      't.choose: { port: "yes"; value: number } | { port: "no"; value: string }',
    ]);
    expect(taskOf(flow, "c").choice).toMatchObject({ kind: "cases", cases: [{ outcome: "yes" }], otherwise: "no" });
    expect(links(taskOf(flow, "d"))).toEqual([["c", "yes"]]);
  });

  it("catches failures at ports, named ones first", () => {
    const { flow } =
      lower(`nodes: [{ id: a, type: t.step }, { id: b, type: core.merge }, { id: c, type: core.merge }, { id: d, type: t.step }]
connections: [{ from: a.error, to: b }, { from: a.Broken, to: c }, { from: a, to: d }]
output: x`);
    const { choice } = taskOf(flow, "a");
    expect(choice).toMatchObject({
      kind: "failure",
      ok: "ok",
      handlers: [{ outcome: "Broken" }, { outcome: "error", when: null }],
    });
    expect(links(taskOf(flow, "d"))).toEqual([["a", "ok"]]);
  });

  it("notes the outcome of a node whose ports exclude each other and whose failures are caught", () => {
    const { flow } = lower(`nodes: [{ id: a, type: t.choose }, { id: b, type: core.merge }, { id: c, type: core.merge }]
connections: [{ from: a.error, to: b }, { from: a.no, to: c }]`);
    const task = taskOf(flow, "a");
    expect(stepOf(task.steps, "try").handlers).toHaveLength(1);
    expect(task.choice).toMatchObject({
      kind: "cases",
      cases: [{ outcome: "yes" }, { outcome: "no" }],
      otherwise: "error",
    });
  });

  it("reads retries, time limits and joins", () => {
    const { flow } = lower(`nodes:
  - { id: a, type: t.step, timeout: PT1M30S, retry: { maxAttempts: 3, initialInterval: 100ms, maxInterval: 30s, jitter: 0.2, on: [Broken], notOn: [X] } }
  - { id: b, type: t.step, join: { n: 1 }, retry: { maxAttempts: 1 } }
connections: [{ from: a, to: b }]`);
    const call = stepOf(taskOf(flow, "a").steps, "call");
    expect(call.timeoutMs).toMatchObject({ kind: "literal", value: 90_000 });
    expect(call.retry).toMatchObject([
      { retries: 2, initialMs: 100, maxMs: 30_000, multiplier: 2, jitter: 0.2, when: { operator: "&&" } },
    ]);
    expect(taskOf(flow, "b").join).toEqual({ kind: "count", count: 1 });
    expect(stepOf(taskOf(flow, "b").steps, "call").retry).toEqual([]);
  });

  it("runs containers over items and states", () => {
    const { flow, program } = lower(`nodes:
  - id: each
    type: core.forEach
    with: { items: ['a', 'b'], as: letter, concurrency: 2 }
    nodes: [{ id: inner, type: t.step, with: { text: '\${ letter + string(index) }' } }]
  - id: poll
    type: core.while
    with: { state: { tries: 0 }, condition: '\${ state.tries < 3 }', maxTurns: 10 }
    nodes: [{ id: again, type: t.step, with: { in: '\${ turn }' } }]
    output: { tries: '\${ state.tries + 1 }' }
connections: [{ from: each, to: poll }]
output: { list: '\${ each.out }', last: '\${ poll.out.tries }' }`);
    const each = stepOf(taskOf(flow, "each").steps, "forEach");
    expect(each).toMatchObject({ step: "each", item: { name: "letter" }, concurrency: { value: 2 } });
    expect(stepOf(asFlow(each.body).after, "finish").value).toMatchObject({ kind: "variable" });
    const scope = stepOf(taskOf(flow, "poll").steps, "scope");
    const loop = scope.body.kind === "sequence" ? stepOf(scope.body.steps, "loop") : null;
    expect(loop?.test).toMatchObject({ kind: "binary", operator: "<" });
    expect(asFlow(loop?.body ?? scope.body).before?.[0]).toMatchObject({ kind: "decide" });
    expect(showType(program?.output ?? { kind: "never" })).toBe("{ list: number[]; last: integer }");
  });

  it("sees results of the graph around a container, and nodes by ids that are no names", () => {
    const { flow } = lower(`nodes:
  - { id: first-one, type: t.step }
  - id: s
    type: core.scope
    nodes: [{ id: inner, type: t.step, with: { in: '\${ nodes["first-one"].out }' } }]
connections: [{ from: first-one, to: s }]`);
    const inner = asFlow(stepOf(taskOf(flow, "s").steps, "scope").body);
    const { result } = stepOf(taskOf(flow, "first-one").steps, "call");
    expect(stepOf(taskOf(inner, "inner").steps, "call").input).toMatchObject({
      members: [{ value: { variable: result } }],
    });
  });

  it("returns the value of the only last node, or null", () => {
    const one = lower("nodes: [{ id: a, type: t.step }, { id: b, type: t.step }]\nconnections: [{ from: a, to: b }]");
    expect(stepOf(one.flow.after, "finish").value).toMatchObject({ kind: "variable" });
    const two = lower("nodes: [{ id: a, type: t.step }, { id: b, type: t.step }]");
    expect(stepOf(two.flow.after, "finish").value).toMatchObject({ kind: "literal", value: null });
  });

  it("lowers waits, messages, failures, requests and sub-workflows", () => {
    const { flow, program } = lower(`nodes:
  - { id: w, type: core.wait, with: { duration: 2h } }
  - { id: u, type: core.wait, with: { until: '2030-01-01T00:00:00Z' } }
  - { id: r, type: core.receive, timeout: 1m, with: { channel: answers, schema: { type: boolean } } }
  - { id: f, type: core.fail, with: { error: Bad, message: '\${ input.name } is bad' } }
  - { id: h, type: http.request, with: { url: 'https://example.com', responseSchema: { type: object } } }
  - { id: s, type: core.workflow, with: { workflow: other, input: 5, inputSchema: { type: number }, outputSchema: { type: string } } }`);
    expect(stepOf(taskOf(flow, "w").steps, "wait").until).toMatchObject({ kind: "duration", ms: { value: 7_200_000 } });
    expect(stepOf(taskOf(flow, "u").steps, "wait").until).toMatchObject({ kind: "timestamp" });
    expect(stepOf(taskOf(flow, "r").steps, "receive")).toMatchObject({
      channel: "answers",
      timeoutMs: { value: 60_000 },
    });
    expect(stepOf(taskOf(flow, "f").steps, "fail")).toMatchObject({
      error: { value: "Bad" },
      cause: { kind: "template" },
    });
    expect(stepOf(taskOf(flow, "h").steps, "call")).toMatchObject({ builtin: "httpRequest" });
    expect(program?.activities.map(({ name, input, output }) => [name, showType(input), showType(output)])).toEqual([
      ["workflow:other", "number", "string"],
    ]);
  });
});

describe("examples", () => {
  it.each(["order-fulfilment", "swift-payment", "payroll", "atm-withdrawal"])(
    "%s has nothing wrong with it",
    (name) => {
      const text = readFileSync(new URL(`../../docs/examples/${name}/workflow.yaml`, import.meta.url), "utf8");
      const { problems, program } = analyse(text);
      expect(problems).toEqual([]);
      expect(program?.activities.length).toBeGreaterThan(3);
    },
  );
});
