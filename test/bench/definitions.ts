/** Makes graphs of a given size that look like what visual builders produce: chains, branches, forks and merges. */

const component = {
  type: "bench.step",
  version: "1.0.0",
  title: "A step that takes and gives an amount",
  inputs: { amount: { schema: { type: "number" }, required: true }, note: { schema: { type: "string" } } },
  outputs: {
    out: {
      schema: {
        type: "object",
        properties: { total: { type: "number" }, label: { type: "string" } },
        required: ["total", "label"],
      },
    },
  },
  implementation: { activity: {} },
};

interface Node {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Connection {
  readonly from: string;
  readonly to: string;
}

/** A graph of `size` nodes as JSON text. The first node is always there; groups of five follow, each after the one before. */
export function graphOfSize(size: number): string {
  const nodes: Node[] = [];
  const connections: Connection[] = [];
  const step = (id: string, amount: string): Node => ({
    id,
    type: "bench.step",
    with: { amount: `\${ ${amount} }`, note: `step ${id} of \${ input.label }` },
    retry: { maxAttempts: 3, initialInterval: "100ms" },
    timeout: "30s",
  });
  nodes.push(step("n0", "input.amount"));
  let last = "n0";
  for (let index = 1; nodes.length < size; index++) {
    const id = (part: string) => `n${index}${part}`;
    const left = size - nodes.length;
    if (left < 5) {
      nodes.push(step(id("a"), `${last}.out.total * 1.5`));
      connections.push({ from: last, to: id("a") });
      last = id("a");
    } else if (index % 2 === 0) {
      nodes.push(
        step(id("a"), `${last}.out.total`),
        step(id("b"), `${last}.out.total + 1.0`),
        step(id("c"), `${last}.out.total + 2.0`),
      );
      nodes.push(step(id("d"), `${id("a")}.out.total + ${id("b")}.out.total`));
      nodes.push({ ...step(id("e"), `${id("c")}.out.total + ${id("d")}.out.total`), join: "all" });
      connections.push({ from: last, to: id("a") }, { from: last, to: id("b") }, { from: last, to: id("c") });
      connections.push({ from: id("a"), to: id("d") }, { from: id("b"), to: id("d") });
      connections.push({ from: id("c"), to: id("e") }, { from: id("d"), to: id("e") });
      last = id("e");
    } else {
      nodes.push({ id: id("a"), type: "core.if", with: { condition: `\${ ${last}.out.total > 100.0 }` } });
      nodes.push(step(id("b"), `${last}.out.total - 10.0`), step(id("c"), `${last}.out.total + 10.0`));
      nodes.push({ id: id("d"), type: "core.transform", with: { value: { before: `\${ ${last}.out.total }` } } });
      nodes.push(step(id("e"), `${id("d")}.out.before * 2.0`));
      connections.push(
        { from: last, to: id("a") },
        { from: `${id("a")}.then`, to: id("b") },
        { from: `${id("a")}.else`, to: id("c") },
      );
      connections.push({ from: id("b"), to: id("d") }, { from: id("c"), to: id("d") }, { from: id("d"), to: id("e") });
      last = id("e");
    }
  }
  return JSON.stringify(
    {
      apiVersion: "workflow.compiler/v1",
      kind: "Workflow",
      metadata: { name: `bench-${size}`, version: "1.0.0", type: "bench" },
      spec: {
        input: {
          type: "object",
          properties: { amount: { type: "number" }, label: { type: "string" } },
          required: ["amount", "label"],
        },
        components: [component],
        nodes,
        connections,
        output: { total: `\${ ${last}.out.total }` },
      },
    },
    null,
    2,
  );
}
