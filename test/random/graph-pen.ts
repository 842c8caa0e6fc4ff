import type { Draw } from "./draw.ts";
import { drawValue, memberText, type Scope } from "./expressions.ts";
import type { Component } from "./graph-components.ts";
import { drawSort, failure, type Json, type Sort, schemaOf } from "./sorts.ts";

/** The nodes of the workflow or of a container. */
export interface List {
  readonly nodes: Record<string, Json>[];
  readonly connections: Record<string, Json>[];
}

/** Where a path has come to: the end that the next connection starts from, and what is certain there. */
export interface At {
  readonly from: string | null;
  readonly scope: Scope;
  /** What the end carries, for a port that takes it. */
  readonly carried: Sort | null;
}

/** Continues a path by some nodes; `depth`: how many more paths and containers may stand inside. */
export type WritePath = (list: List, start: At, depth: number) => At;

/** Writes nodes and connections. */
export interface Pen {
  readonly draw: Draw;
  readonly components: readonly Component[];
  readonly path: WritePath;
  /** How many nodes there are. */
  count(): number;
  add(list: List, type: string, given: Json, more?: Record<string, Json>): string;
  connect(list: List, from: string | null, to: string): void;
  /** Adds a node to the path. */
  follow(list: List, at: At, type: string, given: Json, more?: Record<string, Json>): string;
  /** At a port of a node, whose value is certain there. */
  after(id: string, port: string, sort: Sort, at: At): At;
  policies(isContainer: boolean): Record<string, Json>;
  /** Paths from one place, each with its own first end, that a merge brings together. */
  together(list: List, at: At, starts: readonly At[], depth: number): At;
  /** What follows a node, and what follows its failures. */
  caught(list: List, at: At, id: string, end: At, ports: readonly string[], depth: number): At;
}

export function createPen(components: readonly Component[], draw: Draw, path: (pen: Pen) => WritePath): Pen {
  let count = 0;

  function newId(): string {
    count++;
    if (draw.slips()) return draw.pick(["n1", "input", "1 bad"]);
    return draw.pick([`n${count}`, `step-${count}`, `class${count}`, `then_${count}`]);
  }

  function nodeText(id: string): string {
    return id.includes("-") || draw.chance(10) ? `nodes["${id}"]` : id;
  }

  const pen: Pen = {
    draw,
    components,
    path: (list, start, depth) => write(list, start, depth),
    count: () => count,
    add(list, type, given, more = {}) {
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
    },
    connect({ connections }, from, to) {
      if (from !== null)
        connections.push({ from: draw.slips() ? `${from}x` : from, to: draw.slips() ? "nowhere.in" : to });
    },
    follow(list, at, type, given, more) {
      const id = pen.add(list, type, given, more);
      pen.connect(list, at.from, id);
      return id;
    },
    after: (id, port, sort, { scope }) => ({
      from: port === "out" ? id : `${id}.${port}`,
      scope: [...scope, { text: `${nodeText(id)}${memberText(port)}`, sort }],
      carried: sort,
    }),
    policies: (isContainer) => ({
      ...(draw.chance(20) && { retry: drawRetry(draw) }),
      ...(draw.chance(15) && { timeout: draw.pick(["30s", "PT1M30S", "1.5h", "100ms"]) }),
      ...(draw.chance(isContainer ? 2 : 5) && { lock: draw.pick(["desk", "front-desk"]) }),
    }),
    together(list, at, starts, depth) {
      const sort = draw.chance(60) ? drawSort(draw, 1) : null;
      // What a merge is given may differ by where it comes from.
      const isMixed = sort !== null && draw.chance(15);
      const ends = starts.map((start) => {
        const end = depth > 0 && draw.chance(80) ? pen.path(list, start, depth - 1) : start;
        if (sort === null || end.from === null) return end;
        const own = isMixed ? drawSort(draw, 1) : sort;
        const given = { value: drawValue(own, end.scope, draw), schema: schemaOf(own, draw) };
        return { ...end, from: pen.follow(list, end, "core.transform", given) };
      });
      const merge = pen.add(list, "core.merge", null);
      for (const end of ends) pen.connect(list, end.from, merge);
      return sort === null || isMixed ? { ...at, from: merge, carried: null } : pen.after(merge, "out", sort, at);
    },
    caught(list, at, id, end, ports, depth) {
      const isLimited = list.nodes.find((node) => node.id === id)?.timeout !== undefined;
      const starts = [...ports.filter(() => draw.chance(60)), ...(isLimited ? ["Timeout"] : []), "error"];
      const failed = starts.map((port): At => {
        const known = { text: `${nodeText(id)}${memberText(port)}`, sort: failure };
        return {
          from: `${id}.${port}`,
          scope: port.includes(".") ? at.scope : [...at.scope, known],
          carried: failure,
        };
      });
      return pen.together(list, at, [end, ...failed], depth);
    },
  };
  const write = path(pen);
  return pen;
}

function drawRetry(draw: Draw): Json {
  return {
    maxAttempts: draw.slips() ? 0 : 1 + draw.below(5),
    ...(draw.chance(40) && { initialInterval: "100ms", maxInterval: "30s", multiplier: 1.5, jitter: 0.2 }),
    ...(draw.chance(20) && draw.pick<Record<string, Json>>([{ on: ["Broken"] }, { notOn: ["Timeout", "it's"] }])),
  };
}
