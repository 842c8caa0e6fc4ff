import { describe, expect, it } from "vitest";
import { analyse, components, workflow } from "./analyse.ts";

/** What a definition's `spec` gives, besides the input and components of `components`. */
const cases: readonly (readonly [name: string, spec: string, ...problems: string[]])[] = [
  ["nothing wrong", "nodes: [{ id: a, type: t.step, with: { in: '${ input.n }', unit: kg } }]"],
  ["no nodes", "connections: []", "WF_VALIDATION_001 /spec"],
  ["nodes that are no list", "nodes: { id: a }", "WF_VALIDATION_002 /spec/nodes"],
  ["a node without id and type", "nodes: [{}]", "WF_VALIDATION_001 /spec/nodes/0", "WF_VALIDATION_001 /spec/nodes/0"],
  [
    "a misspelt field",
    "nodes: [{ id: a, type: t.step, retyr: { maxAttempts: 2 } }]",
    "WF_VALIDATION_004 /spec/nodes/0/retyr",
  ],
  ["an unknown component", "nodes: [{ id: a, type: t.stepp }]", "WF_SCHEMA_001 /spec/nodes/0/type"],
  [
    "an unknown component that others use",
    "nodes: [{ id: a, type: t.nope }, { id: b, type: t.need, with: { value: '${ a.out.x }' } }]\nconnections: [{ from: a.some, to: b }]",
    "WF_SCHEMA_001 /spec/nodes/0/type",
  ],
  ["an id twice", "nodes: [{ id: a, type: t.step }, { id: a, type: t.step }]", "WF_VALIDATION_005 /spec/nodes/1/id"],
  [
    "an id twice, in a container",
    "nodes: [{ id: a, type: t.step }, { id: c, type: core.scope, nodes: [{ id: a, type: t.step }] }]",
    "WF_VALIDATION_005 /spec/nodes/1/nodes/0/id",
  ],
  ["an id with a dot", "nodes: [{ id: a.b, type: t.step }]", "WF_VALIDATION_014 /spec/nodes/0/id"],
  ["an id that expressions use", "nodes: [{ id: input, type: t.step }]", "WF_VALIDATION_014 /spec/nodes/0/id"],
  [
    "a dangling connection",
    "nodes: [{ id: a, type: t.step }]\nconnections: [{ from: a, to: bb }]",
    "WF_VALIDATION_006 /spec/connections/0/to",
  ],
  [
    "unknown ports",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step }]\nconnections: [{ from: a.outt, to: b.txt }]",
    "WF_VALIDATION_007 /spec/connections/0/from",
    "WF_VALIDATION_007 /spec/connections/0/to",
  ],
  [
    "a connection from no port of exclusive ones",
    "nodes: [{ id: a, type: t.choose }, { id: b, type: t.step }]\nconnections: [{ from: a, to: b }]",
    "WF_VALIDATION_007 /spec/connections/0/from",
  ],
  [
    "a circle",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step }, { id: c, type: t.step }]\nconnections: [{ from: a, to: b }, { from: b, to: c }, { from: c, to: a }]",
    "WF_VALIDATION_003 /spec/connections/2",
  ],
  [
    "a node connected to itself",
    "nodes: [{ id: a, type: t.step }]\nconnections: [{ from: a, to: a }]",
    "WF_VALIDATION_003 /spec/connections/0",
  ],
  ["a required input", "nodes: [{ id: a, type: t.need }]", "WF_VALIDATION_015 /spec/nodes/0/id"],
  [
    "a required input that is there misspelt",
    "nodes: [{ id: a, type: core.if, with: { conditoin: true } }]",
    "WF_VALIDATION_004 /spec/nodes/0/with/conditoin",
  ],
  ["a title that is no text", "nodes: [{ id: a, type: t.step, title: 5 }]", "WF_VALIDATION_002 /spec/nodes/0/title"],
  ["a required field", "nodes: [{ id: a, type: core.if }]", "WF_VALIDATION_001 /spec/nodes/0"],
  [
    "an input given twice",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step, with: { in: 1 } }]\nconnections: [{ from: a, to: b.in }]",
    "WF_VALIDATION_013 /spec/nodes/1/with/in",
  ],
  [
    "a field of the wrong type",
    "nodes: [{ id: a, type: t.step, with: { in: x } }]",
    "WF_TYPE_001 /spec/nodes/0/with/in",
  ],
  [
    "an expression of the wrong type",
    "nodes: [{ id: a, type: t.step, with: { in: '${ input.name }' } }]",
    "WF_TYPE_001 /spec/nodes/0/with/in",
  ],
  [
    "an unknown field",
    "nodes: [{ id: a, type: t.step, with: { unti: kg } }]",
    "WF_VALIDATION_004 /spec/nodes/0/with/unti",
  ],
  [
    "ports of different types",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step }]\nconnections: [{ from: a, to: b.text }]",
    "WF_TYPE_002 /spec/connections/0",
  ],
  [
    "an expression that does not parse",
    "nodes: [{ id: a, type: t.step, with: { in: '${ 1 + }' } }]",
    "WF_EXPRESSION_001 /spec/nodes/0/with/in",
  ],
  [
    "an unknown name",
    "nodes: [{ id: a, type: t.step, with: { in: '${ inptu.n }' } }]",
    "WF_EXPRESSION_002 /spec/nodes/0/with/in",
  ],
  [
    "a member that is not there",
    "nodes: [{ id: a, type: t.step, with: { in: '${ input.m }' } }]",
    "WF_TYPE_003 /spec/nodes/0/with/in",
  ],
  [
    "a port that is not there",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step, with: { in: '${ a.outt }' } }]\nconnections: [{ from: a, to: b.text }]",
    "WF_TYPE_003 /spec/nodes/1/with/in",
    "WF_TYPE_002 /spec/connections/0",
  ],
  [
    "a result without a connection",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step, with: { in: '${ a.out }' } }]",
    "WF_TYPE_006 /spec/nodes/1/with/in",
  ],
  [
    "a result of a skipped node",
    `nodes:
  - { id: i, type: core.if, with: { condition: '\${ input.n > 1.0 }' } }
  - { id: a, type: t.step }
  - { id: b, type: t.step, with: { in: '\${ a.out }' } }
connections: [{ from: i.then, to: a }, { from: a, to: b.text }, { from: i.else, to: b }]`,
    "WF_TYPE_006 /spec/nodes/2/with/in",
    "WF_TYPE_002 /spec/connections/1",
  ],
  [
    "a required port on an uncertain path",
    `nodes:
  - { id: i, type: core.if, with: { condition: '\${ input.n > 1.0 }' } }
  - { id: a, type: t.step }
  - { id: b, type: t.need }
connections: [{ from: i.then, to: a }, { from: a, to: b.value }, { from: i.else, to: b }]`,
    "WF_TYPE_006 /spec/connections/1",
  ],
  [
    "an exclusive port that is not taken here",
    "nodes: [{ id: a, type: t.choose }, { id: b, type: t.need, with: { value: '${ a.yes }' } }]\nconnections: [{ from: a.no, to: b }]",
    "WF_TYPE_006 /spec/nodes/1/with/value",
  ],
  [
    "a success port after a failure",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.need, with: { value: '${ a.out }' } }]\nconnections: [{ from: a.Broken, to: b }]",
    "WF_TYPE_006 /spec/nodes/1/with/value",
  ],
  [
    "the value of a join that starts early",
    "nodes: [{ id: a, type: t.step }, { id: b, type: t.step }, { id: c, type: t.need, join: first, with: { value: '${ a.out }' } }]\nconnections: [{ from: a, to: c }, { from: b, to: c }]",
    "WF_TYPE_006 /spec/nodes/2/with/value",
  ],
  [
    "an uncertain output",
    "nodes: [{ id: i, type: core.if, with: { condition: true } }, { id: a, type: t.step }]\nconnections: [{ from: i.else, to: a }]\noutput: '${ a.out }'",
    "WF_VALIDATION_009 /spec/nodes/1/id",
    "WF_TYPE_006 /spec/output",
  ],
  ["retry without attempts", "nodes: [{ id: a, type: t.step, retry: {} }]", "WF_VALIDATION_001 /spec/nodes/0/retry"],
  [
    "wrong policies",
    "nodes: [{ id: a, type: t.step, retry: { maxAttempts: 0, initialInterval: 3x, jitter: 2 }, timeout: 5, join: some }]",
    "WF_VALIDATION_002 /spec/nodes/0/retry/maxAttempts",
    "WF_VALIDATION_002 /spec/nodes/0/retry/initialInterval",
    "WF_VALIDATION_002 /spec/nodes/0/retry/jitter",
    "WF_VALIDATION_002 /spec/nodes/0/timeout",
    "WF_VALIDATION_002 /spec/nodes/0/join",
  ],
  [
    "retry of what cannot fail",
    "nodes: [{ id: a, type: core.merge, retry: { maxAttempts: 2 } }]",
    "WF_VALIDATION_004 /spec/nodes/0/retry",
  ],
  [
    "cases of a switch",
    "nodes: [{ id: s, type: core.switch, with: { cases: [{ port: a, when: true }, { port: a, when: 1 }, { port: default, when: true }, {}] } }]",
    "WF_VALIDATION_014 /spec/nodes/0/with/cases/1/port",
    "WF_TYPE_001 /spec/nodes/0/with/cases/1/when",
    "WF_VALIDATION_014 /spec/nodes/0/with/cases/2/port",
    "WF_VALIDATION_001 /spec/nodes/0/with/cases/3",
    "WF_VALIDATION_001 /spec/nodes/0/with/cases/3",
  ],
  [
    "a wait in two ways",
    "nodes: [{ id: w, type: core.wait, with: { duration: 1s, until: '2030-01-01T00:00:00Z' } }]",
    "WF_VALIDATION_013 /spec/nodes/0/with/duration",
  ],
  ["a wait for nothing", "nodes: [{ id: w, type: core.wait }]", "WF_VALIDATION_001 /spec/nodes/0/id"],
  [
    "a wrong timestamp",
    "nodes: [{ id: w, type: core.wait, with: { until: tomorrow } }]",
    "WF_VALIDATION_002 /spec/nodes/0/with/until",
  ],
  ["a container without nodes", "nodes: [{ id: c, type: core.scope }]", "WF_VALIDATION_001 /spec/nodes/0"],
  [
    "a list that is none",
    "nodes: [{ id: c, type: core.forEach, with: { items: 5 }, nodes: [] }]",
    "WF_TYPE_001 /spec/nodes/0/with/items",
  ],
  [
    "names that containers bind",
    "nodes: [{ id: c, type: core.forEach, with: { items: [1], as: input }, nodes: [] }]",
    "WF_VALIDATION_014 /spec/nodes/0/with/as",
  ],
  [
    "a state of another type",
    "nodes: [{ id: c, type: core.while, with: { state: 0, condition: '${ state < 3 }' }, nodes: [], output: x }]",
    "WF_TYPE_001 /spec/nodes/0/output",
  ],
  [
    "an inner node seen from outside",
    "nodes: [{ id: c, type: core.scope, nodes: [{ id: a, type: t.step }] }, { id: b, type: t.step, with: { in: '${ a.out }' } }]\nconnections: [{ from: c, to: b }]",
    "WF_EXPRESSION_002 /spec/nodes/1/with/in",
  ],
  [
    "output that does not fit its schema",
    "nodes: []\noutput: { type: string }\nreturns: 5",
    "WF_TYPE_001 /spec/returns",
  ],
  ["a value and `returns`", "nodes: []\noutput: '${ input.n }'\nreturns: 5", "WF_VALIDATION_013 /spec/returns"],
  [
    "a join that never holds",
    `nodes:
  - { id: i, type: core.if, with: { condition: '\${ input.n > 1.0 }' } }
  - { id: a, type: t.step, join: all }
  - { id: b, type: t.step, join: { n: 3 } }
connections: [{ from: i.then, to: a }, { from: i.else, to: a }, { from: i.then, to: b }]`,
    "WF_VALIDATION_010 /spec/nodes/1/id",
    "WF_VALIDATION_010 /spec/nodes/2/id",
  ],
  [
    "what follows a failure",
    "nodes: [{ id: f, type: core.fail, with: { error: E } }, { id: a, type: t.step }]\nconnections: [{ from: f, to: a }]",
    "WF_VALIDATION_009 /spec/nodes/1/id",
  ],
  [
    "a loop without end",
    "nodes: [{ id: w, type: core.while, with: { state: 0, condition: true }, nodes: [], output: '${ state }' }]",
    "WF_VALIDATION_011 /spec/nodes/0/with/condition",
  ],
];

describe("findings of graphs", () => {
  it.each(cases)("%s", (_name, spec, ...problems) => {
    expect(analyse(workflow(`${components}\n${spec}`)).problems).toEqual(problems);
  });

  it("finds everything wrong around the graph at once", () => {
    const text = "apiVersion: workflow.compiler/v2\nkind: Wrokflow\nmetadata: { nmae: x, type: 'a b' }\nspecc: 1\n";
    expect(analyse(text).problems).toEqual([
      "WF_VALIDATION_002 /apiVersion",
      "WF_VALIDATION_002 /kind",
      "WF_VALIDATION_004 /metadata/nmae",
      "WF_VALIDATION_002 /metadata/type",
      "WF_VALIDATION_004 /specc",
    ]);
  });

  it("names the circle, the ports and what is near", () => {
    const spec = `${components}
nodes: [{ id: a, type: t.step }, { id: b, type: t.stp }]
connections: [{ from: a.ou, to: b }, { from: b, to: aa }]`;
    const messages = analyse(workflow(spec)).diagnostics.map(({ message }) => message);
    expect(messages[0]).toContain("unknown component `t.stp`; did you mean `t.step`?");
    expect(messages[1]).toContain("no output port `ou`; did you mean `out`?");
    expect(messages[1]).toContain("`out`, `Broken`, `cancelled`, `error`");
    expect(messages[2]).toContain("no node `aa` here; did you mean `a`?");
    const circle = analyse(
      workflow(
        `${components}\nnodes: [{ id: a, type: t.step }, { id: b, type: t.step }]\nconnections: [{ from: a, to: b }, { from: b, to: a }]`,
      ),
    );
    expect(circle.diagnostics[0]?.message).toContain("a → b → a");
  });

  it("places findings inside of expressions", () => {
    const text = workflow(
      `${components}\nnodes:\n  - id: a\n    type: t.step\n    with: { in: "\${ input.n + inptu.n }" }`,
    );
    const [finding] = analyse(text).findings;
    expect(finding && text.slice(finding.origin.span.start, finding.origin.span.end)).toBe("inptu");
    expect(finding?.origin.node).toBe("a");
  });

  it("refuses more nodes than it can order", () => {
    const nodes = Array.from({ length: 5_001 }, (_, index) => ({ id: `n${index}`, type: "core.merge" }));
    const text = JSON.stringify({
      apiVersion: "workflow.compiler/v1",
      kind: "Workflow",
      metadata: { name: "x" },
      spec: { nodes },
    });
    expect(analyse(text).problems).toEqual(["WF_VALIDATION_016 /spec"]);
  });
});
