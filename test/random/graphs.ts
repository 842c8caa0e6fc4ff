import type { Draw } from "./draw.ts";
import { drawCel, drawValue, type Scope, simple } from "./expressions.ts";
import { declaration, drawComponent, type Port } from "./graph-components.ts";
import { drawContainer } from "./graph-containers.ts";
import { drawLeaf } from "./graph-leaves.ts";
import { type At, createPen, type List, type Pen, type WritePath } from "./graph-pen.ts";
import { any, boolean, drawSort, fits, integer, type Json, type Sort, schemaOf } from "./sorts.ts";

/** More than this many nodes are not added to. */
const MANY_NODES = 60;

/** A random workflow: paths that branch and come together again, with a few connections across. */
export function drawGraph(draw: Draw): Json {
  const components = Array.from({ length: 1 + draw.below(4) }, (_, index) => drawComponent(index, draw));
  const inputSort: Sort = draw.chance(85) ? { kind: "object", members: drawInput(draw) } : drawSort(draw, 2);
  const pen = createPen(components, draw, pathWriter);
  const list: List = { nodes: [], connections: [] };
  const start: At = { from: null, scope: [{ text: "input", sort: inputSort }], carried: null };
  const ends = Array.from({ length: draw.chance(25) ? 2 : 1 }, () => pen.path(list, start, 3));
  for (let across = draw.chance(25) ? 1 + draw.below(3) : 0; across > 0; across--) connectAcross(list, draw);
  const scope = ends.length === 1 ? (ends[0]?.scope ?? start.scope) : ends.flatMap((end) => end.scope);
  const returned = drawReturned(scope, draw);
  return {
    apiVersion: draw.slips() ? "workflow.compiler/v2" : "workflow.compiler/v1",
    kind: "Workflow",
    metadata: {
      name: draw.pick(["random", "*/ it's `random`", "x".repeat(80)]),
      version: "1.0.0",
      description: draw.pick(["", "Says */ and ${x}."]),
    },
    spec: {
      ...(draw.chance(95) && { input: schemaOf(inputSort, draw) }),
      components: components.map((component) => declaration(component, draw)),
      nodes: list.nodes,
      connections: list.connections,
      ...returned,
    },
  };
}

function drawInput(draw: Draw): readonly Port[] {
  return ["total", "name", "items", "flag", "other"].map((name) => ({
    name,
    sort: drawSort(draw, 2),
    required: draw.chance(80),
  }));
}

function drawReturned(scope: Scope, draw: Draw): { readonly [field: string]: Json } {
  if (draw.chance(30)) return {};
  const sort = draw.chance(50) ? draw.pick(simple) : drawSort(draw, 1);
  const value = drawValue(sort, scope, draw);
  if (sort.kind !== "any" && draw.chance(40)) return { output: schemaOf(sort, draw), returns: value };
  return { output: { result: value } };
}

/** Two nodes in the order in which they stand: often of no harm, sometimes of another type or of no sense. */
function connectAcross({ nodes, connections }: List, draw: Draw): void {
  const [one, other] = [draw.below(nodes.length), draw.below(nodes.length)];
  const id = (index: number): string => String(nodes[index]?.id ?? "");
  const [from, to] = draw.chance(95) ? [Math.min(one, other), Math.max(one, other)] : [one, other];
  if (from !== to) connections.push({ from: `${id(from)}${draw.pick(["", "", "", ".out"])}`, to: id(to) });
}

function pathWriter(pen: Pen): WritePath {
  const { draw } = pen;

  function next(list: List, at: At, depth: number): At {
    const kind = depth > 0 && pen.count() < MANY_NODES ? draw.below(12) : draw.below(6);
    if (kind < 4) return drawCall(pen, list, at, depth);
    if (kind < 6) return drawLeaf(pen, list, at);
    if (kind < 8) return drawDecision(pen, list, at, depth);
    if (kind < 9) return drawFork(pen, list, at, depth);
    if (kind < 11) return drawContainer(pen, list, at, depth);
    return draw.chance(50) ? drawPick(pen, list, at, depth) : drawFork(pen, list, at, depth);
  }

  return (list, start, depth) => {
    let at = start;
    for (let steps = 1 + draw.below(depth > 2 ? 4 : 2); steps > 0; steps--) {
      if (at.from === null && at !== start) return at;
      at = next(list, at, depth);
    }
    return at;
  };
}

function drawCall(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const component = draw.one(pen.components);
  if (component === undefined) return at;
  const given: Record<string, Json> = {};
  const direct = component.inputs.find(({ sort }) => at.carried !== null && fits(at.carried, sort));
  const isDirect = direct !== undefined && draw.chance(50);
  for (const { name, sort, required } of [...component.config, ...component.inputs]) {
    if (name === direct?.name && isDirect) continue;
    const isTaken = name === "in" && at.carried !== null;
    if ((required || isTaken || draw.chance(40)) && !draw.slips()) given[name] = drawValue(sort, at.scope, draw);
  }
  const id = pen.add(list, component.type, Object.keys(given).length > 0 ? given : null, pen.policies(false));
  pen.connect(list, at.from, isDirect ? `${id}.${direct.name}` : id);
  const { outputs } = component;
  if (component.exclusive) {
    const starts = outputs.filter(() => draw.chance(80)).map(({ name, sort }) => pen.after(id, name, sort, at));
    return starts.length === 0 ? { ...at, from: null } : pen.together(list, at, starts, depth);
  }
  const known = outputs.flatMap(({ name, sort }) => pen.after(id, name, sort, { ...at, scope: [] }).scope);
  const out = outputs.find(({ name }) => name === "out");
  const [first] = outputs;
  const from = out !== undefined || first === undefined || draw.chance(70) ? id : `${id}.${first.name}`;
  const end: At = { from, scope: [...at.scope, ...known], carried: out?.sort ?? null };
  return depth > 0 && draw.chance(25) ? pen.caught(list, at, id, end, component.errors, depth) : end;
}

function drawDecision(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const passed = draw.chance(30) ? draw.pick(simple) : null;
  const passing: Record<string, Json> = passed === null ? {} : { in: drawValue(passed, at.scope, draw) };
  const test = (): string => `\${ ${drawCel(boolean, at.scope, draw)} }`;
  const starts = (id: string, ports: readonly string[]): readonly At[] =>
    ports.map((port) => ({ ...at, from: `${id}.${port}`, carried: passed === any ? null : passed }));
  if (draw.chance(60)) {
    const id = pen.follow(list, at, "core.if", { condition: test(), ...passing });
    return pen.together(list, at, starts(id, ["then", "else"]), depth);
  }
  const ports = ["small", "large", "class"].slice(0, 1 + draw.below(3));
  const id = pen.follow(list, at, draw.pick(["core.switch", "core.multiChoice"]), {
    cases: ports.map((port) => ({ port, when: test() })),
    ...passing,
  });
  return pen.together(list, at, starts(id, [...ports, "default"]), depth);
}

function drawPick(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const message = draw.chance(50) ? draw.pick(simple) : null;
  const cases = [
    { port: "came", channel: "calls", ...(message !== null && { schema: schemaOf(message, draw) }) },
    { port: "late", after: draw.chance(50) ? "2d" : `\${ ${drawCel(integer, at.scope, draw)} }` },
    { port: "over", until: "2030-01-31T08:00:00Z" },
  ].slice(0, 1 + draw.below(3));
  const id = pen.follow(list, at, "core.pick", { cases });
  const starts = cases.map(({ port }) =>
    port === "came" && message !== null
      ? pen.after(id, port, message, at)
      : { ...at, from: `${id}.${port}`, carried: null },
  );
  return pen.together(list, at, starts, depth);
}

function drawFork(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const begins: number[] = [];
  const ends = Array.from({ length: 2 + draw.below(2) }, () => {
    begins.push(list.nodes.length);
    return pen.path(list, at, depth - 1);
  });
  if (draw.chance(15)) holdBack(list, begins, draw);
  const live = ends.filter((end) => end.from !== null && end.from !== at.from);
  if (live.length < 2) return live[0] ?? at;
  const join = draw.pick<Json>(["all", "all", "first", { n: 2 }, "any", { n: 1, cancel: true }, "each"]);
  const id = pen.add(list, draw.pick(["core.merge", "core.transform"]), null, { join });
  const node = list.nodes.at(-1);
  const scope = join === "all" ? ends.flatMap((end) => end.scope) : at.scope;
  if (node !== undefined && node.type === "core.transform")
    node.with = { value: drawValue(draw.pick(simple), scope, draw) };
  for (const end of live) pen.connect(list, end.from, id);
  return { from: join === "each" ? null : id, scope, carried: null };
}

/** A node of one path does not run once a node of another path has begun. */
function holdBack({ nodes }: List, [first = 0, second = 0, third]: readonly number[], draw: Draw): void {
  const held = draw.one(nodes.slice(first, second));
  const other = draw.one(nodes.slice(second, third));
  if (held !== undefined && other?.id !== undefined) held.before = other.id;
}
