import type { Draw } from "./draw.ts";
import { drawCel, drawValue, memberText, type Scope, simple } from "./expressions.ts";
import { any, boolean, drawSort, failure, fits, integer, type Json, type Sort, schemaOf, string } from "./sorts.ts";

interface Port {
  readonly name: string;
  readonly sort: Sort;
  readonly required: boolean;
}

interface Component {
  readonly type: string;
  readonly config: readonly Port[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly exclusive: boolean;
  readonly errors: readonly string[];
}

/** The nodes of the workflow or of a container. */
interface List {
  readonly nodes: Record<string, Json>[];
  readonly connections: Record<string, Json>[];
}

/** Where a path has come to: the end that the next connection starts from, and what is certain there. */
interface At {
  readonly from: string | null;
  readonly scope: Scope;
  /** What the end carries, for a port that takes it. */
  readonly carried: Sort | null;
}

/** A random workflow: paths that branch and come together again, with a few connections across. */
export function drawGraph(draw: Draw): Json {
  const components = Array.from({ length: 1 + draw.below(4) }, (_, index) => drawComponent(index, draw));
  const inputSort: Sort = draw.chance(85) ? { kind: "object", members: drawInput(draw) } : drawSort(draw, 2);
  const writer = createWriter(components, draw);
  const list: List = { nodes: [], connections: [] };
  const start: At = { from: null, scope: [{ text: "input", sort: inputSort }], carried: null };
  const ends = Array.from({ length: draw.chance(25) ? 2 : 1 }, () => writer.path(list, start, 3));
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

function drawComponent(index: number, draw: Draw): Component {
  const ports = (names: readonly string[]): readonly Port[] =>
    names
      .slice(0, draw.below(names.length + 1))
      .map((name) => ({ name, sort: drawSort(draw, 1), required: draw.chance(50) }));
  const exclusive = draw.chance(15);
  const outputs = exclusive
    ? ports(["yes", "no", "maybe"])
    : draw.chance(70)
      ? [{ name: "out", sort: drawSort(draw, 2), required: true }]
      : ports(["out", "left", "class"]);
  return {
    type: draw.pick([`t.c${index}`, `random.step-${index}`, `await.v${index}`]),
    config: ports(["unit", "mode"]),
    inputs: ports(draw.chance(15) ? ["in", "value", "note"] : ["value", "note", "amount"]),
    outputs,
    exclusive: exclusive && outputs.length > 0,
    errors: draw.chance(35) ? ["Broken", "Out.Of-Stock"].slice(0, 1 + draw.below(2)) : [],
  };
}

function declaration({ type, config, inputs, outputs, exclusive, errors }: Component, draw: Draw): Json {
  const ports = (of: readonly Port[], isInput: boolean): Json =>
    Object.fromEntries(
      of.map(({ name, sort, required }) => [
        name,
        { schema: schemaOf(sort, draw), ...(isInput && required && { required }) },
      ]),
    );
  return {
    type,
    ...(draw.chance(30) && { title: "Does */ something", description: "What `it` does." }),
    ...(config.length > 0 && {
      config: schemaOf({ kind: "object", members: config }, { ...draw, chance: () => false }),
    }),
    inputs: ports(inputs, true),
    outputs: ports(outputs, false),
    ...(exclusive && { exclusive }),
    ...(errors.length > 0 && { errors }),
    ...(draw.chance(30) && { idempotent: draw.chance(50) }),
  };
}

/** Two nodes in the order in which they stand: often of no harm, sometimes of another type or of no sense. */
function connectAcross({ nodes, connections }: List, draw: Draw): void {
  const [one, other] = [draw.below(nodes.length), draw.below(nodes.length)];
  const id = (index: number): string => String(nodes[index]?.id ?? "");
  const [from, to] = draw.chance(95) ? [Math.min(one, other), Math.max(one, other)] : [one, other];
  if (from !== to) connections.push({ from: `${id(from)}${draw.pick(["", "", "", ".out"])}`, to: id(to) });
}

interface Writer {
  path(list: List, at: At, depth: number): At;
}

function createWriter(components: readonly Component[], draw: Draw): Writer {
  let count = 0;

  const newId = (): string => {
    count++;
    if (draw.slips()) return draw.pick(["n1", "input", "1 bad"]);
    return draw.pick([`n${count}`, `step-${count}`, `class${count}`, `then_${count}`]);
  };
  const nodeText = (id: string): string => (id.includes("-") || draw.chance(10) ? `nodes["${id}"]` : id);
  const connect = ({ connections }: List, from: string | null, to: string): void => {
    if (from !== null)
      connections.push({ from: draw.slips() ? `${from}x` : from, to: draw.slips() ? "nowhere.in" : to });
  };
  const add = (list: List, type: string, given: Json, more: Record<string, Json> = {}): string => {
    const id = newId();
    const title = draw.chance(10) ? { title: "Title", description: "*/ why" } : {};
    list.nodes.push({
      id,
      type: draw.slips() ? `${type}x` : type,
      ...(given !== null && { with: given }),
      ...title,
      ...more,
    });
    return id;
  };
  const after = (id: string, port: string, sort: Sort, { scope }: At): At => ({
    from: port === "out" ? id : `${id}.${port}`,
    scope: [...scope, { text: `${nodeText(id)}${memberText(port)}`, sort }],
    carried: sort,
  });
  const policies = (isContainer: boolean): Record<string, Json> => ({
    ...(draw.chance(20) && { retry: drawRetry(draw) }),
    ...(draw.chance(15) && { timeout: draw.pick(["30s", "PT1M30S", "1.5h", "100ms"]) }),
    ...(!isContainer && draw.chance(5) && { lock: draw.pick(["desk", "front-desk"]) }),
  });

  /** Paths from one place, each with its own first end, that a merge or a join brings together. */
  const together = (list: List, at: At, starts: readonly At[], depth: number): At => {
    const sort = draw.chance(60) ? drawSort(draw, 1) : null;
    const ends = starts.map((start) => {
      const end = depth > 0 && draw.chance(80) ? path(list, start, depth - 1) : start;
      if (sort === null || end.from === null) return end;
      const id = add(list, "core.transform", { value: drawValue(sort, end.scope, draw), schema: schemaOf(sort, draw) });
      connect(list, end.from, id);
      return { ...end, from: id };
    });
    const merge = add(list, "core.merge", null);
    for (const end of ends) connect(list, end.from, merge);
    return sort === null ? { ...at, from: merge, carried: null } : after(merge, "out", sort, at);
  };

  const call = (list: List, at: At, depth: number): At => {
    const component = draw.one(components);
    if (component === undefined) return at;
    const given: Record<string, Json> = {};
    const direct = component.inputs.find(({ sort }) => at.carried !== null && fits(at.carried, sort));
    const isDirect = direct !== undefined && draw.chance(50);
    for (const { name, sort, required } of [...component.config, ...component.inputs]) {
      if (name === direct?.name && isDirect) continue;
      const isTaken = name === "in" && at.carried !== null;
      if ((required || isTaken || draw.chance(40)) && !draw.slips()) given[name] = drawValue(sort, at.scope, draw);
    }
    const id = add(list, component.type, Object.keys(given).length > 0 ? given : null, policies(false));
    connect(list, at.from, isDirect ? `${id}.${direct.name}` : id);
    const [first] = component.outputs;
    if (component.exclusive) {
      const starts = component.outputs.filter(() => draw.chance(80)).map(({ name, sort }) => after(id, name, sort, at));
      return starts.length === 0 ? { ...at, from: null } : together(list, at, starts, depth);
    }
    const scope = component.outputs.map(({ name, sort }) => ({ text: `${nodeText(id)}${memberText(name)}`, sort }));
    const all: At = {
      from:
        component.outputs.some(({ name }) => name === "out") || draw.chance(70)
          ? id
          : first === undefined
            ? id
            : `${id}.${first.name}`,
      scope: [...at.scope, ...scope],
      carried: null,
    };
    const end: At =
      component.outputs.find(({ name }) => name === "out") === undefined
        ? all
        : { ...all, carried: component.outputs.find(({ name }) => name === "out")?.sort ?? null };
    return depth > 0 && draw.chance(25) ? caught(list, at, id, end, component.errors, depth) : end;
  };

  /** What follows a node, and what follows its failures. */
  const caught = (list: List, at: At, id: string, end: At, errors: readonly string[], depth: number): At => {
    const ports = [...errors.filter(() => draw.chance(60)), "error"];
    return together(
      list,
      at,
      [
        end,
        ...ports.map((port) => ({
          ...after(id, "out", failure, at),
          from: `${id}.${port}`,
          scope: [...at.scope, { text: `${nodeText(id)}${memberText(port)}`, sort: failure }].slice(
            0,
            port.includes(".") ? -1 : undefined,
          ),
        })),
      ],
      depth,
    );
  };

  const decide = (list: List, at: At, depth: number): At => {
    const passing: Record<string, Json> = draw.chance(20) ? { in: drawValue(draw.pick(simple), at.scope, draw) } : {};
    const test = (): string => `\${ ${drawCel(boolean, at.scope, draw)} }`;
    if (draw.chance(60)) {
      const id = add(list, "core.if", { condition: test(), ...passing });
      connect(list, at.from, id);
      return together(
        list,
        at,
        ["then", "else"].map((port) => ({ ...at, from: `${id}.${port}`, carried: null })),
        depth,
      );
    }
    const ports = ["small", "large", "class"].slice(0, 1 + draw.below(3));
    const id = add(list, draw.pick(["core.switch", "core.multiChoice"]), {
      cases: ports.map((port) => ({ port, when: test() })),
      ...passing,
    });
    connect(list, at.from, id);
    return together(
      list,
      at,
      [...ports, "default"].map((port) => ({ ...at, from: `${id}.${port}`, carried: null })),
      depth,
    );
  };

  const pickOne = (list: List, at: At, depth: number): At => {
    const cases = [
      { port: "came", channel: "calls", ...(draw.chance(50) && { schema: schemaOf(draw.pick(simple), draw) }) },
      { port: "late", after: draw.chance(50) ? "2d" : `\${ ${drawCel(integer, at.scope, draw)} }` },
      { port: "over", until: "2030-01-31T08:00:00Z" },
    ].slice(0, 1 + draw.below(3));
    const id = add(list, "core.pick", { cases });
    connect(list, at.from, id);
    return together(
      list,
      at,
      cases.map(({ port }) => ({ ...at, from: `${id}.${port}`, carried: null })),
      depth,
    );
  };

  const fork = (list: List, at: At, depth: number): At => {
    const ends = Array.from({ length: 2 + draw.below(2) }, () => path(list, at, depth - 1));
    const live = ends.filter((end) => end.from !== null && end.from !== at.from);
    if (live.length < 2) return live[0] ?? at;
    const join = draw.pick<Json>(["all", "all", "first", { n: 2 }, "any", { n: 1, cancel: true }, "each"]);
    const id = add(list, draw.pick(["core.merge", "core.transform"]), null, { join });
    const node = list.nodes.at(-1);
    const scope = join === "all" ? ends.flatMap((end) => end.scope) : at.scope;
    if (node !== undefined && node.type === "core.transform")
      node.with = { value: drawValue(draw.pick(simple), scope, draw) };
    for (const end of live) connect(list, end.from, id);
    return { from: join === "each" ? null : id, scope, carried: null };
  };

  const container = (list: List, at: At, depth: number): At => {
    const body: List = { nodes: [], connections: [] };
    const sort = drawSort(draw, 1);
    const inside = (scope: Scope): Json => {
      const end = path(body, { from: null, scope, carried: null }, depth - 1);
      return drawValue(sort, end.scope, draw);
    };
    const more = (output: Json): Record<string, Json> => ({
      nodes: body.nodes,
      connections: body.connections,
      output,
      ...policies(true),
    });
    switch (draw.below(3)) {
      case 0: {
        const item = drawSort(draw, 1);
        const as = draw.pick(["item", "each_one", "name"]);
        const output = inside([...at.scope, { text: as, sort: item }, { text: "index", sort: integer }]);
        const given: Record<string, Json> = {
          items: drawValue({ kind: "list", of: item }, at.scope, draw),
          ...(as !== "item" && { as }),
          ...(draw.chance(40) && { concurrency: 1 + draw.below(4) }),
        };
        if (draw.chance(15))
          given.completion = draw.pick<Json>([{ count: 2, cancel: true }, { when: "${ size(results) > 1 }" }]);
        if (draw.chance(8)) given.channel = "more-items";
        const id = add(list, "core.forEach", given, more(output));
        connect(list, at.from, id);
        if (draw.chance(10)) {
          const stop = add(list, "core.complete", { node: id });
          connect(list, at.from, stop);
        }
        return after(id, "out", any, { ...at });
      }
      case 1: {
        const state = drawSort(draw, 1);
        const output = drawValue(
          state,
          path(
            body,
            {
              from: null,
              scope: [...at.scope, { text: "state", sort: state }, { text: "turn", sort: integer }],
              carried: null,
            },
            depth - 1,
          ).scope,
          draw,
        );
        const given: Record<string, Json> = {
          state: drawValue(state, at.scope, draw),
          schema: schemaOf(state, draw),
          condition: `\${ turn < 3 && ${drawCel(boolean, [...at.scope, { text: "state", sort: state }], draw)} }`,
          ...(draw.chance(40) && { maxTurns: 1 + draw.below(20) }),
        };
        const id = add(list, "core.while", given, more(output));
        connect(list, at.from, id);
        return after(id, "out", state, at);
      }
      default: {
        const id = add(list, "core.scope", null, more(inside(at.scope)));
        connect(list, at.from, id);
        const end = after(id, "out", any, at);
        return draw.chance(30) ? caught(list, at, id, end, [], depth) : end;
      }
    }
  };

  const small = (list: List, at: At): At => {
    const sort = draw.pick(simple);
    switch (draw.below(9)) {
      case 0: {
        const id = add(
          list,
          "core.wait",
          draw.pick<Json>([
            { duration: "5m" },
            { duration: `\${ ${drawCel(integer, at.scope, draw)} }` },
            { until: `\${ ${drawCel(string, at.scope, draw)} }` },
          ]),
        );
        connect(list, at.from, id);
        return { ...at, from: id, carried: null };
      }
      case 1: {
        const of = drawSort(draw, 1);
        const id = add(
          list,
          "core.receive",
          { channel: "calls", schema: schemaOf(of, draw), ...(draw.chance(20) && { transient: true }) },
          draw.chance(30) ? { timeout: "2d" } : {},
        );
        connect(list, at.from, id);
        return after(id, "out", of, at);
      }
      case 2: {
        const id = add(
          list,
          "core.workflow",
          {
            workflow: draw.pick(["other", "other-one"]),
            outputSchema: schemaOf(sort, draw),
            ...(draw.chance(60) && { input: drawValue(any, at.scope, draw) }),
          },
          policies(false),
        );
        connect(list, at.from, id);
        return after(id, "out", sort, at);
      }
      case 3: {
        const id = add(
          list,
          "http.request",
          {
            url: drawValue(string, at.scope, draw),
            ...(draw.chance(40) && { method: draw.pick(["GET", "POST"]) }),
            ...(draw.chance(40) && { headers: { "x-a": drawValue(string, at.scope, draw) } }),
            ...(draw.chance(30) && { body: drawValue(any, at.scope, draw) }),
            ...(draw.chance(50) && { responseSchema: schemaOf(sort, draw) }),
          },
          policies(false),
        );
        connect(list, at.from, id);
        return {
          ...at,
          from: id,
          scope: [...at.scope, { text: `${nodeText(id)}.out.status`, sort: integer }],
          carried: null,
        };
      }
      case 4: {
        if (!draw.chance(30)) return at;
        const id = add(list, draw.pick(["core.fail", "core.terminate"]), null);
        const node = list.nodes.at(-1);
        if (node !== undefined)
          node.with =
            node.type === "core.fail"
              ? { error: "Refused", message: drawValue(string, at.scope, draw) }
              : { output: drawValue(sort, at.scope, draw) };
        connect(list, at.from, id);
        return { ...at, from: null };
      }
      case 5: {
        const other = draw.one(list.nodes.filter(({ type }) => !String(type).startsWith("core.")));
        if (other === undefined || !draw.chance(30)) return at;
        const id = add(list, "core.cancel", draw.chance(80) ? { nodes: [other.id ?? ""] } : { workflow: true });
        if (draw.chance(50)) connect(list, at.from, id);
        return at;
      }
      default: {
        const of = drawSort(draw, 2);
        const isTyped = draw.chance(60);
        const id = add(list, "core.transform", {
          value: drawValue(of, at.scope, draw),
          ...(isTyped && { schema: schemaOf(of, draw) }),
        });
        connect(list, at.from, id);
        return isTyped ? after(id, "out", of, at) : { ...after(id, "out", any, at) };
      }
    }
  };

  function path(list: List, start: At, depth: number): At {
    let at = start;
    for (let steps = 1 + draw.below(depth > 2 ? 4 : 2); steps > 0; steps--) {
      if (at.from === null && at !== start) return at;
      at = next(list, at, depth);
    }
    return at;
  }

  function next(list: List, at: At, depth: number): At {
    const kind = depth > 0 && count < 60 ? draw.below(12) : draw.below(6);
    if (kind < 4) return call(list, at, depth);
    if (kind < 6) return small(list, at);
    if (kind < 8) return decide(list, at, depth);
    if (kind < 9) return fork(list, at, depth);
    if (kind < 11) return container(list, at, depth);
    return draw.chance(50) ? pickOne(list, at, depth) : fork(list, at, depth);
  }

  return { path };
}

function drawRetry(draw: Draw): Json {
  return {
    maxAttempts: draw.slips() ? 0 : 1 + draw.below(5),
    ...(draw.chance(40) && { initialInterval: "100ms", maxInterval: "30s", multiplier: 1.5, jitter: 0.2 }),
    ...(draw.chance(20) && draw.pick<Record<string, Json>>([{ on: ["Broken"] }, { notOn: ["Timeout", "it's"] }])),
  };
}
