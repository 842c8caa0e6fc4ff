/** Graphs of any size of one shape each, as JSON text without indentation: 5,000 nodes stay within the limit of bytes. */

const step = {
  type: "bench.step",
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
};

interface Graph {
  readonly nodes: Readonly<Record<string, unknown>>[];
  readonly connections: { readonly from: string; readonly to: string }[];
}

/** Each node uses the result of the one before. */
export function chainOfSize(size: number): string {
  const graph = begun();
  for (let index = 1; index < size; index++) {
    addStep(graph, `n${index}`, `n${index - 1}.out.total + 1.0`);
    connect(graph, `n${index - 1}`, `n${index}`);
  }
  return textOf(graph, `n${size - 1}.out.total`);
}

/** Decisions between two activities, whose results a merge brings together. */
export function branchesOfSize(size: number): string {
  const graph = begun();
  let last = "n0.out.total";
  let from = "n0";
  for (let index = 1; graph.nodes.length + 4 <= size; index++) {
    const [decide, left, right, merge] = ["d", "l", "r", "m"].map((part) => `n${index}${part}`) as [
      string,
      string,
      string,
      string,
    ];
    graph.nodes.push({ id: decide, type: "core.if", with: { condition: `\${ ${last} > 100.0 }` } });
    addStep(graph, left, `${last} - 10.0`);
    addStep(graph, right, `${last} + 10.0`);
    graph.nodes.push({ id: merge, type: "core.merge" });
    connect(graph, from, decide);
    connect(graph, `${decide}.then`, left);
    connect(graph, `${decide}.else`, right);
    connect(graph, left, merge);
    connect(graph, right, merge);
    last = `${merge}.out.total`;
    from = merge;
  }
  return textOf(graph, last);
}

/** Three activities at the same time, and one that waits for all of them. */
export function forksOfSize(size: number): string {
  const graph = begun();
  let last = "n0";
  for (let index = 1; graph.nodes.length + 4 <= size; index++) {
    const parts = ["a", "b", "c"].map((part) => `n${index}${part}`);
    const join = `n${index}j`;
    for (const part of parts) {
      addStep(graph, part, `${last}.out.total + 1.0`);
      connect(graph, last, part);
      connect(graph, part, join);
    }
    addStep(graph, join, parts.map((part) => `${part}.out.total`).join(" + "), { join: "all" });
    last = join;
  }
  return textOf(graph, `${last}.out.total`);
}

/** All activities but the first at the same time. */
export function wideOfSize(size: number): string {
  const graph = begun();
  for (let index = 1; index < size; index++) {
    addStep(graph, `n${index}`, "n0.out.total");
    connect(graph, "n0", `n${index}`);
  }
  return textOf(graph, `n${size - 1}.out.total`);
}

/** Values that hold the value before, so that types nest each other. */
export function transformsOfSize(size: number): string {
  const graph = begun();
  for (let index = 1; index < size; index++) {
    const before = `n${index - 1}.out`;
    const value =
      index % 20 === 0
        ? { total: `\${ ${before}.total }` }
        : { total: `\${ ${before}.total }`, before: `\${ ${before} }` };
    graph.nodes.push({ id: `n${index}`, type: "core.transform", with: { value } });
    connect(graph, `n${index - 1}`, `n${index}`);
  }
  return textOf(graph, `n${size - 1}.out.total`);
}

/** Decisions inside of decisions. */
export function nestedOfSize(size: number): string {
  const graph = begun();
  for (let index = 1; index < size; index++) {
    const condition = `\${ input.amount > ${index}.0 }`;
    graph.nodes.push({ id: `n${index}`, type: "core.if", with: { condition } });
    connect(graph, index === 1 ? "n0" : `n${index - 1}.then`, `n${index}`);
  }
  return textOf(graph, "n0.out.total");
}

/** Activities in a row, each of which may fail into the last. */
export function handledOfSize(size: number): string {
  const graph = begun();
  addStep(graph, "handler", "input.amount");
  for (let index = 1; index < size - 1; index++) {
    addStep(graph, `n${index}`, "input.amount");
    connect(graph, `n${index - 1}`, `n${index}`);
    connect(graph, `n${index}.error`, "handler");
  }
  return textOf(graph, "n0.out.total");
}

function begun(): Graph {
  const graph: Graph = { nodes: [], connections: [] };
  addStep(graph, "n0", "input.amount");
  return graph;
}

function addStep(graph: Graph, id: string, amount: string, more: object = {}): void {
  const given = { amount: `\${ ${amount} }`, note: `step ${id}` };
  graph.nodes.push({ id, type: "bench.step", with: given, timeout: "30s", ...more });
}

function connect({ connections }: Graph, from: string, to: string): void {
  connections.push({ from, to });
}

function textOf({ nodes, connections }: Graph, total: string): string {
  const input = { type: "object", properties: { amount: { type: "number" } }, required: ["amount"] };
  const output = { total: `\${ ${total} }` };
  const metadata = { name: `bench-${nodes.length}` };
  const spec = { input, components: [step], nodes, connections, output };
  return JSON.stringify({ apiVersion: "workflow.compiler/v1", kind: "Workflow", metadata, spec });
}
