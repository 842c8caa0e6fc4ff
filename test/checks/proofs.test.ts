import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

function diagnose(text: string) {
  return compiler.validate({ format: null, content: Buffer.from(text), name: "" }).diagnostics;
}

const graph = (spec: string) =>
  `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: example }\nspec:\n  ${spec.trim().replaceAll("\n", "\n  ")}\n`;
const machine = (states: string) => `{ "StartAt": "A", "States": { ${states} } }`;
const task = (more: string) =>
  `{ "Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", ${more} }`;

const input = `input: { type: object, required: [kind, flag, n], properties: { kind: { enum: [a, b] }, flag: { type: boolean }, n: { type: number } } }
components:
  - { type: t.int, outputs: { out: { schema: { type: integer } } } }
  - { type: t.fails, errors: [Broken, Lost] }
  - { type: t.once, idempotent: false }
  - { type: t.any, errors: [] }`;
const wait = (id: string, more = "") => `{ id: ${id}, type: core.wait, with: { duration: 1s }${more} }`;

type Case = readonly [what: string, text: string, ...expected: string[]];

/** Codes with the node each is about. */
const cases: readonly Case[] = [
  [
    "joins that wait for each other are a deadlock, other circles are not called so",
    graph(`nodes: [${wait("a", ", join: all")}, ${wait("b")}]\nconnections: [{ from: a, to: b }, { from: b, to: a }]`),
    "WF_VALIDATION_003 a",
  ],
  [
    "a first join of paths that exclude each other leaves nothing running",
    graph(
      `${input}\nnodes: [{ id: i, type: core.if, with: { condition: "\${ input.flag }" } }, { id: x, type: t.int }, { id: y, type: t.int }, ${wait("z", ", join: first")}]\nconnections: [{ from: i.then, to: x }, { from: i.else, to: y }, { from: x, to: z }, { from: y, to: z }]`,
    ),
  ],
  [
    "a path that something else waits for is not left behind",
    graph(
      `${input}\nnodes: [{ id: x, type: t.int }, { id: y, type: t.int }, ${wait("z", ", join: first")}, ${wait("last", ", join: all")}]\nconnections: [{ from: x, to: z }, { from: y, to: z }, { from: x, to: last }, { from: y, to: last }]`,
    ),
  ],
  [
    "a loop over its own state changes",
    graph(
      `nodes: [{ id: w, type: core.while, with: { state: 0, condition: "\${ state < 3 }" }, nodes: [${wait("p")}], output: "\${ state + 1 }" }]`,
    ),
  ],
  [
    "a loop that counts its turns changes",
    graph(
      `nodes: [{ id: w, type: core.while, with: { state: 0, condition: "\${ turn < 3 }" }, nodes: [${wait("p")}], output: "\${ state }" }]`,
    ),
  ],
  [
    "a loop whose next state is the last one does not",
    graph(
      `nodes: [{ id: w, type: core.while, with: { state: 0, condition: "\${ state < 3 }" }, nodes: [${wait("p")}], output: "\${ state }" }]`,
    ),
    "WF_CHECK_003 w",
  ],
  [
    "nor does one that only changes what the condition does not look at",
    graph(
      `nodes: [{ id: w, type: core.while, with: { state: { a: 0, b: 0 }, condition: "\${ state.a < 3 }" }, nodes: [${wait("p")}], output: { a: "\${ state.a }", b: "\${ state.b + 1 }" } }]`,
    ),
    "WF_CHECK_003 w",
  ],
  [
    "a loop that is never entered",
    graph(
      `nodes: [{ id: w, type: core.while, with: { state: 0, condition: false }, nodes: [${wait("p")}], output: 1 }]`,
    ),
    "WF_CHECK_003 w",
  ],
  [
    "a constant condition is a loop without an exit",
    graph(
      `nodes: [{ id: w, type: core.while, with: { state: 0, condition: true }, nodes: [${wait("p")}], output: 1 }]`,
    ),
    "WF_VALIDATION_011 w",
  ],
  [
    "values of paths that exclude each other do not meet",
    graph(
      `${input}\noutput: "\${ m.out }"\nnodes: [{ id: i, type: core.if, with: { condition: "\${ input.flag }" } }, { id: x, type: t.int }, { id: y, type: t.int }, { id: m, type: core.merge }]\nconnections: [{ from: i.then, to: x }, { from: i.else, to: y }, { from: x, to: m }, { from: y, to: m }]`,
    ),
  ],
  [
    "values that nobody reads are not lost",
    graph(
      `${input}\noutput: 1\nnodes: [{ id: x, type: t.int }, { id: y, type: t.int }, { id: m, type: core.merge }]\nconnections: [{ from: x, to: m }, { from: y, to: m }]`,
    ),
  ],
  [
    "all values have a case",
    graph(
      `${input}\nnodes: [{ id: s, type: core.switch, with: { cases: [{ port: x, when: "\${ input.kind == 'a' }" }, { port: y, when: "\${ input.kind == 'b' }" }] } }, ${wait("p")}, ${wait("q")}]\nconnections: [{ from: s.x, to: p }, { from: s.y, to: q }]`,
    ),
  ],
  [
    "a comparison and its opposite cover everything",
    graph(
      `${input}\nnodes: [{ id: s, type: core.switch, with: { cases: [{ port: x, when: "\${ input.n > 5.0 }" }, { port: y, when: "\${ input.n <= 5.0 }" }, { port: z, when: "\${ input.flag }" }] } }, ${wait("p")}, ${wait("q")}, ${wait("r")}]\nconnections: [{ from: s.x, to: p }, { from: s.y, to: q }, { from: s.z, to: r }]`,
    ),
    "WF_CHECK_006 s",
  ],
  [
    "an if without an else is fine",
    graph(
      `${input}\nnodes: [{ id: i, type: core.if, with: { condition: "\${ input.flag }" } }, ${wait("p")}]\nconnections: [{ from: i.then, to: p }]`,
    ),
  ],
  [
    "errors are handled by a port, by a retry, or around the node",
    graph(`${input}
nodes:
  - { id: a, type: t.fails }
  - { id: b, type: t.fails, retry: { maxAttempts: 2 } }
  - { id: c, type: t.fails, retry: { maxAttempts: 2, on: [Lost] } }
  - { id: s, type: core.scope, nodes: [{ id: d, type: t.fails }] }
  - ${wait("p")}
connections: [{ from: a.Broken, to: p }, { from: s.error, to: p }]`),
    "WF_CHECK_008 a",
    "WF_CHECK_008 c",
  ],
  [
    "limits that fit",
    graph(
      `${input}\nnodes: [{ id: s, type: core.scope, timeout: 1m, nodes: [{ id: a, type: t.any, timeout: 30s, retry: { maxAttempts: 3 } }, ${wait("p")}] }]`,
    ),
  ],
  [
    "waits and retries that do not",
    graph(
      `${input}\nnodes: [{ id: s, type: core.scope, timeout: 1s, nodes: [{ id: a, type: t.any, retry: { maxAttempts: 9 } }, { id: p, type: core.wait, with: { duration: 2s } }] }]`,
    ),
    "WF_CHECK_009 a",
    "WF_CHECK_009 p",
  ],
  [
    "retries of a container that go on after its own limit",
    graph(
      `${input}\nnodes: [{ id: s, type: core.scope, timeout: 1s, retry: { maxAttempts: 9 }, nodes: [{ id: a, type: t.any }] }]`,
    ),
    "WF_CHECK_009 s",
  ],
  ["no time at all", graph(`${input}\nnodes: [{ id: a, type: t.any, timeout: 0s }]`), "WF_CHECK_009 a"],
  [
    "a retry of a container repeats what is in it",
    graph(
      `${input}\nnodes: [{ id: s, type: core.scope, retry: { maxAttempts: 2 }, nodes: [{ id: a, type: t.once }] }]`,
    ),
    "WF_CHECK_010 s",
  ],
  [
    "a retry of chosen errors, or of what does not say, is fine",
    graph(
      `${input}\nnodes: [{ id: a, type: t.once, retry: { maxAttempts: 2, on: [X] } }, { id: b, type: t.any, retry: { maxAttempts: 2 } }]`,
    ),
  ],
  [
    "what marks a point need not be read",
    graph(
      `nodes: [{ id: a, type: core.transform, with: { value: 1 } }, ${wait("p")}]\nconnections: [{ from: a, to: p }]`,
    ),
  ],
  [
    "nothing is said of results that an error keeps from being used",
    graph(`output: "\${ a.oops }"\nnodes: [{ id: a, type: core.transform, with: { value: 1 } }]`),
    "WF_TYPE_003 ",
  ],
  [
    "catchers and retriers that come too late",
    machine(
      `"A": ${task('"End": true, "Retry": [{ "ErrorEquals": ["X"] }, { "ErrorEquals": ["X"] }], "Catch": [{ "ErrorEquals": ["X", "Y"], "Next": "B" }, { "ErrorEquals": ["Y"], "Next": "B" }]')}, "B": { "Type": "Succeed" }`,
    ),
    "WF_CHECK_006 A",
    "WF_CHECK_006 A",
  ],
  [
    "a choice without a default",
    machine(
      '"A": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericEquals": 1, "Next": "B" }] }, "B": { "Type": "Succeed" }',
    ),
    "WF_CHECK_007 A",
  ],
  [
    "a wait that is longer than the machine may run",
    '{ "StartAt": "A", "TimeoutSeconds": 60, "States": { "A": { "Type": "Wait", "Seconds": 90, "End": true } } }',
    "WF_CHECK_009 A",
  ],
];

describe("checks prove", () => {
  it.each(cases)("%s", (_what, text, ...expected) => {
    expect(diagnose(text).map(({ code, location }) => `${code} ${location.nodeId}`)).toEqual(expected);
  });
});

describe("secrets", () => {
  const secrets = [
    ["AKIA", "IOSFODNN7EXAMPLE"],
    ["ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"],
    ["xoxb-", "123456789012-abcdefghijkl"],
    ["-----BEGIN RSA PRIVATE ", "KEY-----\nMIIEpAIBAAKCAQEAqqqq\n-----END RSA PRIVATE KEY-----"],
    ["eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"],
    ["postgres://app:", "hunter22secret@db.example.com/orders"],
  ].map((parts) => parts.join(""));
  const request = (body: string) =>
    JSON.stringify({
      apiVersion: "workflow.compiler/v1",
      kind: "Workflow",
      metadata: { name: "x" },
      // The wrong method and the misspelt field have the compiler speak of this line too.
      spec: { nodes: [{ id: "a", type: "http.request", with: { url: "u", metod: body, method: body, body } }] },
    });

  it.each(secrets)("are found, and nothing that is said repeats them: %s", (secret) => {
    const diagnostics = diagnose(request(secret));
    expect(diagnostics.filter(({ code }) => code === "WF_CHECK_012")).toHaveLength(3);
    expect(diagnostics.length).toBeGreaterThan(3);
    for (const piece of [secret.slice(0, 20), "MIIEpAIB", "ssw5c", "hunter22"])
      expect(JSON.stringify(diagnostics)).not.toContain(piece);
  });

  it("are found under the names of fields, also through escapes and anchors", () => {
    const text = graph(
      'nodes: [{ id: a, type: http.request, with: { url: u, body: { api-key: &k "hunt\\u0065r22", passWord: *k } } }]',
    );
    const diagnostics = diagnose(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(["WF_CHECK_012", "WF_CHECK_012"]);
    expect(JSON.stringify(diagnostics)).not.toContain("hunt");
  });

  it.each([
    'password: "${ input.password }"',
    "password: arn:aws:secretsmanager:eu-west-1:1:secret:x",
    "password: ''",
    "token: payments-token",
    "note: the word AKIA alone, and ghp_ too",
    "link: https://example.com/a@b",
  ])("are not seen in %s", (field) => {
    const codes = diagnose(
      graph(
        `input: { type: object, required: [password], properties: { password: { type: string } } }\nnodes: [{ id: a, type: http.request, with: { url: u, body: { ${field} } } }]`,
      ),
    ).map(({ code }) => code);
    expect(codes).toEqual([]);
  });

  it("are looked for in texts that only look like them", () => {
    const long = ["eyJ-", "gh", "a://b:", "-----BEGIN ", "xox", "AKIA"].map((part) => part.repeat(20_000));
    expect(diagnose(request(long.join(" "))).filter(({ code }) => code === "WF_CHECK_012")).toEqual([]);
  });
});
