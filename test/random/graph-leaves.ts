import { drawCel, drawValue, simple } from "./expressions.ts";
import type { At, List, Pen } from "./graph-pen.ts";
import { any, drawSort, integer, type Json, schemaOf, string } from "./sorts.ts";

/** A node that holds no others and leads to one place: a wait, a message, a request, an end … */
export function drawLeaf(pen: Pen, list: List, at: At): At {
  return pen.draw.pick([wait, receive, workflow, request, end, cancel, transform, transform, transform])(pen, list, at);
}

function wait(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  const given = draw.pick<Json>([
    { duration: "5m" },
    { duration: `\${ ${drawCel(integer, at.scope, draw)} }` },
    { until: `\${ ${drawCel(string, at.scope, draw)} }` },
  ]);
  return { ...at, from: pen.follow(list, at, "core.wait", given), carried: null };
}

function receive(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  const of = drawSort(draw, 1);
  const given = {
    channel: "calls",
    ...(draw.chance(85) && { schema: schemaOf(of, draw) }),
    ...(draw.chance(20) && { transient: true }),
  };
  const id = pen.follow(list, at, "core.receive", given, draw.chance(30) ? { timeout: "2d" } : {});
  return pen.after(id, "out", "schema" in given ? of : any, at);
}

function workflow(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  const sort = draw.pick(simple);
  const input = drawSort(draw, 1);
  const given = {
    workflow: draw.chance(3) ? "random" : draw.pick(["other", "other-one"]),
    outputSchema: schemaOf(sort, draw),
    ...draw.pick<Record<string, Json>>([
      {},
      { input: drawValue(any, at.scope, draw) },
      { input: drawValue(input, at.scope, draw), inputSchema: schemaOf(input, draw) },
    ]),
  };
  return pen.after(pen.follow(list, at, "core.workflow", given, pen.policies(false)), "out", sort, at);
}

function request(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  const given = {
    url: drawValue(string, at.scope, draw),
    ...(draw.chance(40) && { method: draw.pick(["GET", "POST"]) }),
    ...(draw.chance(40) && { headers: { "x-a": drawValue(string, at.scope, draw) } }),
    ...(draw.chance(30) && { body: drawValue(any, at.scope, draw) }),
    ...(draw.chance(50) && { responseSchema: schemaOf(draw.pick(simple), draw) }),
  };
  const id = pen.follow(list, at, "http.request", given, pen.policies(false));
  const { scope } = pen.after(`${id}`, "out", any, at);
  const status = scope.at(-1);
  const known = status === undefined ? [] : [{ text: `${status.text}.status`, sort: integer }];
  const done: At = { from: id, scope: [...at.scope, ...known], carried: null };
  return draw.chance(15) ? pen.caught(list, at, id, done, ["HttpError"], 0) : done;
}

function end(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  if (!draw.chance(30)) return at;
  const isFailing = draw.chance(50);
  const given = isFailing
    ? { error: draw.pick(["Refused", "it's"]), ...(draw.chance(70) && { message: drawValue(string, at.scope, draw) }) }
    : { output: drawValue(draw.pick(simple), at.scope, draw) };
  pen.follow(list, at, isFailing ? "core.fail" : "core.terminate", given);
  return { ...at, from: null };
}

function cancel(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  const other = draw.one(list.nodes.filter(({ type }) => !String(type).startsWith("core.")));
  if (other === undefined || !draw.chance(30)) return at;
  const id = pen.add(list, "core.cancel", draw.chance(80) ? { nodes: [other.id ?? ""] } : { workflow: true });
  if (draw.chance(50)) pen.connect(list, at.from, id);
  if (draw.chance(50)) {
    const after = pen.add(list, "core.transform", { value: "withdrawn" });
    pen.connect(list, `${String(other.id)}.cancelled`, after);
  }
  return at;
}

function transform(pen: Pen, list: List, at: At): At {
  const { draw } = pen;
  const of = drawSort(draw, 2);
  const isTyped = draw.chance(60);
  const value = drawValue(of, at.scope, draw);
  const id = pen.follow(list, at, "core.transform", { value, ...(isTyped && { schema: schemaOf(of, draw) }) });
  // What an expression gives is known just so where it is written out.
  return pen.after(id, "out", isTyped || (typeof value !== "string" && draw.chance(30)) ? of : any, at);
}
