import { drawCel, drawValue, type Scope, simple } from "./expressions.ts";
import type { At, List, Pen } from "./graph-pen.ts";
import { any, boolean, drawSort, integer, type Json, type Sort, schemaOf, string } from "./sorts.ts";

export function drawContainer(pen: Pen, list: List, at: At, depth: number): At {
  const make = pen.draw.pick([forEach, forEach, whileLoop, whileLoop, scope, stateMachine]);
  return make(pen, list, at, depth);
}

/** The nodes of a container that see `scope`, and its output. */
function bodyOf(
  pen: Pen,
  scope: Scope,
  sort: Sort,
  depth: number,
): { readonly fields: Record<string, Json>; readonly output: Json } {
  const body: List = { nodes: [], connections: [] };
  const end = pen.path(body, { from: null, scope, carried: null }, depth - 1);
  const output = drawValue(sort, end.scope, pen.draw);
  return { fields: { nodes: body.nodes, connections: body.connections, output, ...pen.policies(true) }, output };
}

function forEach(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const item = drawSort(draw, 1);
  const sort = drawSort(draw, 1);
  const as = draw.pick(["item", "each_one", "name"]);
  const indexAs = draw.chance(10) ? "place" : "index";
  const known = [...at.scope, { text: as, sort: item }, { text: indexAs, sort: integer }];
  const { fields, output } = bodyOf(pen, known, sort, depth);
  const given: Record<string, Json> = {
    items: drawValue({ kind: "list", of: item }, at.scope, draw),
    ...(as !== "item" && { as }),
    ...(indexAs !== "index" && { indexAs }),
    ...(draw.chance(40) && {
      concurrency: draw.chance(80) ? 1 + draw.below(4) : `\${ ${drawCel(integer, at.scope, draw)} }`,
    }),
    ...(draw.chance(15) && {
      completion: draw.pick<Json>([{ count: 2, cancel: true }, { count: 1 }, { when: "${ size(results) > 1 }" }]),
    }),
    ...(draw.chance(8) && { channel: "more-items" }),
  };
  const id = pen.follow(list, at, "core.forEach", given, fields);
  if (draw.chance(10)) pen.follow(list, at, "core.complete", { node: id });
  const made: Sort = isExpression(output) || draw.chance(50) ? any : { kind: "list", of: sort };
  return caughtSometimes(pen, list, at, id, pen.after(id, "out", made, at), [], depth);
}

function isExpression(value: Json): boolean {
  return typeof value === "string" && value.includes("${");
}

function whileLoop(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const state = drawSort(draw, 1);
  const known = [...at.scope, { text: "state", sort: state }, { text: "turn", sort: integer }];
  const { fields } = bodyOf(pen, known, state, depth);
  const given: Record<string, Json> = {
    state: drawValue(state, at.scope, draw),
    ...(draw.chance(80) && { schema: schemaOf(state, draw) }),
    condition: `\${ turn < 3 && ${drawCel(boolean, [...at.scope, { text: "state", sort: state }], draw)} }`,
    ...(draw.chance(40) && { maxTurns: 1 + draw.below(20) }),
  };
  const id = pen.follow(list, at, "core.while", given, fields);
  return caughtSometimes(pen, list, at, id, pen.after(id, "out", state, at), ["TooManyTurns"], depth);
}

function scope(pen: Pen, list: List, at: At, depth: number): At {
  const sort = drawSort(pen.draw, 1);
  const { fields, output } = bodyOf(pen, at.scope, sort, depth);
  const id = pen.follow(list, at, "core.scope", null, fields);
  const end = pen.after(id, "out", isExpression(output) ? any : sort, at);
  return caughtSometimes(pen, list, at, id, end, [], depth);
}

function caughtSometimes(
  pen: Pen,
  list: List,
  at: At,
  id: string,
  end: At,
  ports: readonly string[],
  depth: number,
): At {
  return depth > 0 && pen.draw.chance(15) ? pen.caught(list, at, id, end, ports, depth - 1) : end;
}

/** Nodes that run one at a time and lead to each other in any way: mostly on, sometimes back. */
function stateMachine(pen: Pen, list: List, at: At, depth: number): At {
  const { draw } = pen;
  const body: List = { nodes: [], connections: [] };
  const made = Array.from({ length: 2 + draw.below(5) }, () => drawState(pen, body, at.scope, depth));
  made.forEach(({ id, ports }, index) => {
    for (const port of ports) {
      const next = draw.chance(70) ? made[index + 1] : draw.one(made);
      if (next !== undefined && draw.chance(90)) pen.connect(body, port === "" ? id : `${id}.${port}`, next.id);
    }
  });
  const sort = draw.pick(simple);
  const given: Record<string, Json> | null = draw.chance(20) ? { start: draw.one(made)?.id ?? "" } : null;
  const fields = {
    nodes: body.nodes,
    connections: body.connections,
    output: drawValue(sort, at.scope, draw),
    ...pen.policies(true),
  };
  const id = pen.follow(list, at, "core.stateMachine", given, fields);
  return pen.after(id, "out", any, at);
}

/** A node, and the ports that connections may start from. */
function drawState(
  pen: Pen,
  body: List,
  known: Scope,
  depth: number,
): { readonly id: string; readonly ports: readonly string[] } {
  const { draw } = pen;
  const test = (): string => `\${ ${drawCel(boolean, known, draw)} }`;
  const before = body.nodes.length;
  switch (draw.below(7)) {
    case 0:
    case 1:
      return { id: pen.add(body, "core.if", { condition: test() }), ports: ["then", "else"] };
    case 2: {
      const given = {
        cases: [
          { port: "small", when: test() },
          { port: "large", when: test() },
        ],
      };
      return { id: pen.add(body, "core.switch", given), ports: ["small", "large", "default"] };
    }
    case 3:
      return { id: pen.add(body, "core.wait", { duration: "5m" }), ports: [""] };
    case 4: {
      const given = {
        workflow: "other",
        outputSchema: schemaOf(draw.pick(simple), draw),
        input: drawValue(string, known, draw),
      };
      const id = pen.add(body, "core.workflow", given, pen.policies(false));
      return { id, ports: draw.chance(40) ? ["out", "error"] : ["out"] };
    }
    case 5: {
      if (depth < 2) return { id: pen.add(body, "core.fail", { error: "Refused", message: "No." }), ports: [] };
      drawContainer(pen, body, { from: null, scope: known, carried: null }, depth - 1);
      return { id: String(body.nodes[before]?.id ?? ""), ports: [""] };
    }
    default:
      return { id: pen.add(body, "core.transform", { value: drawValue(drawSort(draw, 1), known, draw) }), ports: [""] };
  }
}
