import { describe, expect, it } from "vitest";
import { analyse, components, workflow } from "./analyse.ts";

/** What is wrong with nodes that act on each other, with joins, locks and state machines. */
const two = (first: string, second: string, more = ""): string =>
  `nodes: [{ id: a, type: t.step${first} }, { id: b, type: t.step${second} }]\nconnections: [${more}]`;
const cases: readonly (readonly [name: string, spec: string, ...problems: string[]])[] = [
  [
    "a cancel of a node that is not there",
    "nodes: [{ id: work, type: t.step }, { id: stop, type: core.cancel, with: { nodes: [wrok] } }]",
    "WF_VALIDATION_006 /spec/nodes/1/with/nodes/0",
  ],
  [
    "a cancel of a node in a container, which is in another list",
    "nodes: [{ id: c, type: core.scope, nodes: [{ id: work, type: t.step }] }, { id: stop, type: core.cancel, with: { nodes: [work] } }]",
    "WF_VALIDATION_006 /spec/nodes/1/with/nodes/0",
  ],
  [
    "a cancel of what takes no time",
    "nodes: [{ id: d, type: core.merge }, { id: stop, type: core.cancel, with: { nodes: [d] } }]",
    "WF_VALIDATION_002 /spec/nodes/1/with/nodes/0",
  ],
  ["a cancel of nothing", "nodes: [{ id: stop, type: core.cancel }]", "WF_VALIDATION_001 /spec/nodes/0/id"],
  [
    "a cancel of nodes and of all",
    "nodes: [{ id: a, type: t.step }, { id: stop, type: core.cancel, with: { nodes: [a], workflow: true } }]",
    "WF_VALIDATION_013 /spec/nodes/1/with/nodes",
  ],
  [
    "a completion of what is no loop",
    "nodes: [{ id: a, type: t.step }, { id: stop, type: core.complete, with: { node: a } }]",
    "WF_VALIDATION_002 /spec/nodes/1/with/node",
  ],
  ["before itself", two(", before: a", ""), "WF_VALIDATION_002 /spec/nodes/0/before"],
  [
    "before a node that it waits for",
    two("", ", before: a", "{ from: a, to: b }"),
    "WF_VALIDATION_002 /spec/nodes/1/before",
  ],
  ["before a node that is not there", two(", before: c", ""), "WF_VALIDATION_006 /spec/nodes/0/before"],
  ["a lock that is no name", two(", lock: a b", ""), "WF_VALIDATION_002 /spec/nodes/0/lock"],
  [
    "locks inside of each other in both orders",
    "nodes: [{ id: p, type: core.scope, lock: x, nodes: [{ id: a, type: t.step, lock: y }] }, { id: q, type: core.scope, lock: y, nodes: [{ id: b, type: t.step, lock: x }] }]",
    "WF_VALIDATION_017 /spec/nodes/1/nodes/0/lock",
  ],
  ["a join that is none", two(", join: blocking", ""), "WF_VALIDATION_002 /spec/nodes/0/join"],
  [
    "a completion that says nothing",
    "nodes: [{ id: e, type: core.forEach, with: { items: [1], completion: { cancel: true } }, nodes: [] }]",
    "WF_VALIDATION_001 /spec/nodes/0/with/completion",
  ],
  [
    "a completion that is no condition",
    "nodes: [{ id: e, type: core.forEach, with: { items: [1], completion: { when: '${ size(results) }' } }, nodes: [] }]",
    "WF_TYPE_001 /spec/nodes/0/with/completion/when",
  ],
  [
    "a pick whose case waits for nothing",
    "nodes: [{ id: p, type: core.pick, with: { cases: [{ port: x, after: 1s }, { port: y }] } }]",
    "WF_VALIDATION_001 /spec/nodes/0/with/cases/1",
  ],
  [
    "recursion without a schema of the output",
    "nodes: [{ id: r, type: core.workflow, with: { workflow: test } }]",
    "WF_VALIDATION_002 /spec/nodes/0/with/workflow",
  ],
  [
    "two ways on in a state machine",
    "nodes: [{ id: m, type: core.stateMachine, nodes: [{ id: a, type: t.step }, { id: b, type: t.step }], connections: [{ from: a, to: b }, { from: a, to: a }] }]",
    "WF_VALIDATION_013 /spec/nodes/0/connections/1",
  ],
  [
    "a join in a state machine",
    "nodes: [{ id: m, type: core.stateMachine, nodes: [{ id: a, type: t.step, join: all }] }]",
    "WF_VALIDATION_002 /spec/nodes/0/nodes/0/join",
  ],
  [
    "a state machine that begins nowhere",
    "nodes: [{ id: m, type: core.stateMachine, with: { start: b }, nodes: [{ id: a, type: t.step }] }]",
    "WF_VALIDATION_006 /spec/nodes/0/with/start",
  ],
  [
    "a result that a way round a state machine does not make",
    "nodes: [{ id: m, type: core.stateMachine, nodes: [{ id: d, type: core.if, with: { condition: '${ input.n > 1.0 }' } }, { id: a, type: t.step }, { id: b, type: core.transform, with: { value: '${ a.out }' } }], connections: [{ from: d.then, to: a }, { from: d.else, to: b }, { from: a, to: b }] }]",
    "WF_TYPE_006 /spec/nodes/0/nodes/2/with/value",
  ],
  [
    "a result that may be cancelled",
    "nodes: [{ id: a, type: t.step }, { id: s, type: core.cancel, with: { nodes: [a] } }]\noutput: '${ a.out }'",
    "WF_TYPE_006 /spec/output",
  ],
];

describe("the control of nodes by nodes", () => {
  it.each(cases)("%s", (_name, spec, ...problems) => {
    const { problems: found } = analyse(workflow(`${components}\n${spec}`));
    expect(found).toEqual(problems);
  });

  it("knows the result of a join that cancels what it does not wait for", () => {
    const spec =
      "nodes: [{ id: a, type: t.step }, { id: b, type: t.step }, { id: c, type: t.step, join: { n: 1, cancel: true } }]\nconnections: [{ from: a, to: c.in }, { from: b, to: c.in }]\noutput: '${ c.out }'";
    expect(analyse(workflow(`${components}\n${spec}`)).problems).toEqual([]);
  });

  it("says once what is wrong with a node that runs for each of its connections", () => {
    const spec =
      "nodes: [{ id: a, type: t.step }, { id: b, type: t.step }, { id: c, type: t.step, join: each, with: { unit: '${ nothing }' } }]\nconnections: [{ from: a, to: c.in }, { from: b, to: c.in }]";
    expect(analyse(workflow(`${components}\n${spec}`)).problems).toEqual(["WF_EXPRESSION_002 /spec/nodes/2/with/unit"]);
  });
});
