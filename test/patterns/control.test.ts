import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { runInFreshProcess } from "../modules/fresh-process.ts";
import { prelude } from "../modules/virtual-clock.ts";

/** What the patterns' examples do not show: how nodes that act on each other meet loops, failures, locks and each other. */
let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

interface Result {
  readonly trace: readonly string[];
  readonly output?: unknown;
  readonly name?: string;
}

/** Activities take as many milliseconds as `ms` says, fail if that is below 0, and give how often they were called. */
async function run(spec: string, ms: Record<string, number> = {}, messages: readonly unknown[] = []): Promise<Result> {
  const components = "components: [{ type: t.work, outputs: { out: { schema: { type: integer } } } }]";
  const text = `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: test }\nspec:\n  ${components}\n${spec.replaceAll(/^/gm, "  ")}`;
  const driver = `${prelude}
    const ms = ${JSON.stringify(ms)};
    let calls = 0;
    const activities = { "t.work": async (_input, { step, signal }) => {
      calls += 1;
      const own = calls;
      await sleep(Math.abs(ms[step] ?? 10), signal);
      if (ms[step] < 0) throw error("Broken");
      return own;
    } };
    for (const [at, channel, message] of ${JSON.stringify(messages)}) void sleep(at).then(() => send(channel, message));
    await finish(run({}, activities, options));`;
  const result = (await runInFreshProcess(compiler.artifactOf(text), driver)) as Result & {
    events: [string, string, number][];
  };
  return { ...result, trace: result.events.map(([type, step, at]) => `${at} ${type} ${step}`) };
}

const node = (id: string, more = ""): string => `  - { id: ${id}, type: t.work${more} }`;

describe("cancelling", () => {
  test("takes the port for it, and a node that has not begun is skipped", async () => {
    const { trace } = await run(
      `nodes:\n${node("slow")}\n${node("later")}\n${node("instead")}\n${node("quick")}\n  - { id: stop, type: core.cancel, with: { nodes: [later] } }
connections: [{ from: slow, to: later }, { from: quick, to: stop }, { from: later.cancelled, to: instead }]`,
      { slow: 50 },
    );
    expect(trace).toEqual([
      "0 started slow",
      "0 started quick",
      "10 finished quick",
      "10 started stop",
      "10 finished stop",
      "50 finished slow",
      "50 skipped later",
      "50 started instead",
      "60 finished instead",
    ]);
  });

  test("begins anew in each turn of a loop", async () => {
    const { trace, output } = await run(
      `nodes:
  - id: twice
    type: core.while
    with: { state: 0, condition: "\${ state < 2 }" }
    nodes:
${node("a").replace("  -", "      -")}
${node("b").replace("  -", "      -")}
      - { id: c, type: t.work, join: { n: 1, cancel: true } }
    connections: [{ from: a, to: c }, { from: b, to: c }]
    output: "\${ state + 1 }"
output: "\${ twice.out }"`,
      { a: 20 },
    );
    expect(output).toBe(2);
    expect(trace.filter((event) => / (a|b)$/.test(event))).toEqual([
      "0 started a",
      "0 started b",
      "10 finished b",
      "10 failed a",
      "20 started a",
      "20 started b",
      "30 finished b",
      "30 failed a",
    ]);
  });

  test("lets go of a lock, and of the wait for one", async () => {
    const { trace } = await run(
      `nodes:\n${node("first", ", lock: x")}\n${node("second", ", lock: x")}\n${node("third", ", lock: x")}\n${node("quick")}
  - { id: stop, type: core.cancel, with: { nodes: [first, second] } }
connections: [{ from: quick, to: stop }]`,
      { first: 100 },
    );
    expect(trace.filter((event) => /first|second|third/.test(event))).toEqual([
      "0 started first",
      "10 failed first",
      "10 started third",
      "20 finished third",
    ]);
  });

  test("is no failure that a container's port could catch", async () => {
    const { name, trace } = await run(
      `nodes:
  - { id: box, type: core.scope, nodes: [{ id: end, type: core.cancel, with: { workflow: true } }] }
${node("rescue")}
connections: [{ from: box.error, to: rescue }]`,
    );
    expect(name).toBe("Cancelled");
    expect(trace).not.toContain("0 started rescue");
  });

  test("keeps the result of a node that ended in time", async () => {
    const spec = (ms: number) =>
      run(
        `nodes:\n${node("work")}\n  - { id: pause, type: core.wait, with: { duration: 50ms } }\n  - { id: stop, type: core.cancel, with: { nodes: [work] } }
  - { id: none, type: core.transform, with: { value: -1 } }\n  - { id: result, type: core.merge }
connections: [{ from: pause, to: stop }, { from: work, to: result }, { from: work.cancelled, to: none }, { from: none, to: result }]
output: "\${ result.out }"`,
        { work: ms },
      );
    expect((await spec(10)).output).toBe(1);
    expect((await spec(90)).output).toBe(-1);
  });
});

describe("a loop that ends early", () => {
  const loop = (completion: string, more = "") => `nodes:
  - id: each
    type: core.forEach
    with: { items: [1, 2, 3], completion: ${completion} }
    nodes: [{ id: quick, type: t.work }, { id: maybe, type: core.if, with: { condition: "\${ item == 3 }" } }, { id: bad, type: t.work }]
    connections: [{ from: maybe.then, to: bad }]
    output: "\${ item }"
${node("next")}
connections: [{ from: each, to: next }]${more}
output: "\${ each.out }"`;

  test("fails at the end of the run when a turn that goes on fails", async () => {
    const { name, trace } = await run(loop("{ count: 2 }"), { bad: -40, next: 5 });
    expect(name).toBe("Broken");
    expect(trace).toContain("15 finished next");
    expect(trace.at(-1)).toBe("40 failed bad");
  });

  test("does not wait for, or hear of, what it cancels", async () => {
    const { output, trace } = await run(loop("{ count: 2, cancel: true }"), { bad: -40 });
    expect(output).toEqual([1, 2]);
    expect(trace.at(-1)).toBe("20 finished next");
    expect(trace).toContain("10 failed bad");
  });

  test("ends with all turns where there are fewer than it counts", async () => {
    expect((await run(loop("{ count: 9 }"))).output).toEqual([1, 2, 3]);
  });
});

test("a message that comes too late for a pick is kept for who waits next", async () => {
  const { output, trace } = await run(
    `nodes:
  - { id: either, type: core.pick, with: { cases: [{ port: a, channel: a }, { port: b, channel: b }] } }
  - { id: again, type: core.receive, with: { channel: b, schema: { type: string } } }
connections: [{ from: either.a, to: again }]
output: done`,
    {},
    [
      [20, "a", "first"],
      [20, "b", "second"],
    ],
  );
  expect(output).toBe("done");
  expect(trace).toEqual(["0 started either", "20 finished either", "20 started again", "20 finished again"]);
});

test("terminate gives the output from inside of containers and of loops that run", async () => {
  const { output, trace } = await run(
    `output: { type: integer }
returns: 0
nodes:
  - id: each
    type: core.forEach
    with: { items: [1, 2, 3], concurrency: 3 }
    nodes: [{ id: work, type: t.work }, { id: found, type: core.if, with: { condition: "\${ item == 2 }" } }, { id: end, type: core.terminate, with: { output: "\${ work.out }" } }]
    connections: [{ from: work, to: found }, { from: found.then, to: end }]
${node("beside")}`,
    { beside: 100 },
  );
  expect(output).toBe(2);
  expect(trace.at(-1)).toMatch(/^10 failed/);
});

test("locks keep containers apart that hold them, whatever runs inside", async () => {
  const { trace } = await run(
    `nodes:
  - { id: p, type: core.scope, lock: x, nodes: [{ id: a, type: t.work }, { id: b, type: t.work, lock: y }] }
  - { id: q, type: core.scope, lock: x, nodes: [{ id: c, type: t.work, lock: y }] }`,
  );
  expect(trace.filter((event) => event.includes("started"))).toEqual([
    "0 started p",
    "0 started a",
    "0 started b",
    "10 started q",
    "10 started c",
  ]);
});
