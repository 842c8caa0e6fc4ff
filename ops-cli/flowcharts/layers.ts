import type { ChartEdge } from "./flowchart.ts";

/**
 * A layered layout (Sugiyama, Tagawa and Toda, 1981): layers by the longest way, points on the layers that an edge passes,
 * order by the mean of the neighbours, then places that keep the order and pull neighbours together.
 */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** Centres, in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<string, Place>;
  /** From where it begins to where it ends, over the points that it passes. */
  readonly routes: readonly (readonly Place[])[];
}

const GAP_X = 36;
const GAP_Y = 56;
const MARGIN = 24;
const SWEEPS = 12;
/** What an edge passes takes up this much room. */
const POINT_WIDTH = 16;
/** Beyond this a picture says nothing, and takes long. */
const MAX_CELLS = 20_000;

interface Cell {
  readonly width: number;
  readonly height: number;
  readonly layer: number;
  readonly above: Cell[];
  readonly below: Cell[];
  x: number;
  rank: number;
}

/** Null where it would be too large. */
export function layOut(boxes: readonly Box[], edges: readonly ChartEdge[]): Layout | null {
  const layerOf = layering(boxes, edges);
  const cells = new Map<string, Cell>();
  const layers: Cell[][] = [];
  let count = 0;
  const cell = (width: number, height: number, layer: number): Cell => {
    const made = { width, height, layer, above: [], below: [], x: 0, rank: 0 };
    count++;
    layers[layer] = [...(layers[layer] ?? []), made];
    return made;
  };
  const link = (upper: Cell, lower: Cell): void => {
    upper.below.push(lower);
    lower.above.push(upper);
  };
  for (const { id, width, height } of boxes) cells.set(id, cell(width, height, layerOf.get(id) ?? 0));
  const passes: (readonly Cell[])[] = [];
  for (const { from, to } of edges) {
    const [start, end] = [cells.get(from), cells.get(to)];
    if (start === undefined || end === undefined) return null;
    const isDown = start.layer < end.layer;
    const [top, bottom] = isDown ? [start, end] : [end, start];
    const chain = [top];
    for (let layer = top.layer + 1; layer < bottom.layer; layer++) {
      if (count > MAX_CELLS) return null;
      const point = cell(POINT_WIDTH, 0, layer);
      link(chain.at(-1) ?? top, point);
      chain.push(point);
    }
    if (top.layer < bottom.layer) link(chain.at(-1) ?? top, bottom);
    chain.push(bottom);
    passes.push(isDown ? chain : chain.toReversed());
  }
  order(layers);
  place(layers);
  return measured(layers, boxes, cells, passes);
}

/** The longest way from the start, leaving out what leads back. */
function layering(boxes: readonly Box[], edges: readonly ChartEdge[]): ReadonlyMap<string, number> {
  const onward = new Map<string, string[]>();
  for (const { from, to, back } of edges) if (!back && from !== to) onward.set(from, [...(onward.get(from) ?? []), to]);
  const finished: string[] = [];
  const state = new Map<string, "open" | "done">();
  const next = new Map<string, number>();
  for (const { id } of boxes) {
    const stack = state.has(id) ? [] : [id];
    while (stack.length > 0) {
      const at = stack.at(-1) ?? "";
      state.set(at, state.get(at) ?? "open");
      const index = next.get(at) ?? 0;
      const to = onward.get(at)?.[index];
      next.set(at, index + 1);
      if (to === undefined) {
        state.set(at, "done");
        finished.push(at);
        stack.pop();
      } else if (!state.has(to)) stack.push(to);
    }
  }
  const position = new Map(finished.toReversed().map((id, index) => [id, index] as const));
  const layers = new Map<string, number>();
  for (const id of position.keys()) {
    const layer = layers.get(id) ?? 0;
    layers.set(id, layer);
    for (const to of onward.get(id) ?? []) {
      // Whatever stands before it in this order leads back, whether it says so or not.
      if ((position.get(to) ?? 0) > (position.get(id) ?? 0)) layers.set(to, Math.max(layers.get(to) ?? 0, layer + 1));
    }
  }
  return layers;
}

/** Fewer crossings: by turns each layer is sorted by the mean rank of what is above, or below. */
function order(layers: readonly Cell[][]): void {
  const number = (row: readonly Cell[]): void => {
    for (const [rank, cell] of row.entries()) cell.rank = rank;
  };
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? layers : layers.toReversed()) {
      const weights = new Map(row.map((cell) => [cell, mean(isDown ? cell.above : cell.below, cell.rank)] as const));
      row.sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0) || a.rank - b.rank);
      number(row);
    }
  }
}

function mean(neighbours: readonly Cell[], otherwise: number): number {
  return neighbours.length === 0 ? otherwise : neighbours.reduce((sum, { rank }) => sum + rank, 0) / neighbours.length;
}

/** Each cell wants to be in the middle of its neighbours; a row gives way to both sides alike. */
function place(layers: readonly Cell[][]): void {
  for (const row of layers)
    spread(
      row,
      row.map(() => 0),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? layers : layers.toReversed()) {
      spread(
        row,
        row.map((cell) => {
          const near = isDown ? cell.above : cell.below;
          return near.length === 0 ? cell.x : near.reduce((sum, { x }) => sum + x, 0) / near.length;
        }),
      );
    }
  }
}

/** As near to the wishes as the order and the gaps allow: the mean of pushing to the right and of pushing to the left. */
function spread(row: readonly Cell[], wishes: readonly number[]): void {
  const gap = (a: Cell, b: Cell): number => (a.width + b.width) / 2 + GAP_X;
  const right = [...wishes];
  const left = [...wishes];
  for (let index = 1; index < row.length; index++) {
    const [a, b] = [row[index - 1], row[index]];
    if (a && b) right[index] = Math.max(right[index] ?? 0, (right[index - 1] ?? 0) + gap(a, b));
  }
  for (let index = row.length - 2; index >= 0; index--) {
    const [a, b] = [row[index], row[index + 1]];
    if (a && b) left[index] = Math.min(left[index] ?? 0, (left[index + 1] ?? 0) - gap(a, b));
  }
  for (const [index, cell] of row.entries()) cell.x = ((right[index] ?? 0) + (left[index] ?? 0)) / 2;
}

function measured(
  layers: readonly (readonly Cell[])[],
  boxes: readonly Box[],
  cells: ReadonlyMap<string, Cell>,
  passes: readonly (readonly Cell[])[],
): Layout {
  const all = layers.flat();
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  const right = Math.max(...all.map(({ x, width }) => x + width / 2));
  const middles: number[] = [];
  let y = MARGIN;
  for (const row of layers) {
    const height = Math.max(0, ...row.map((cell) => cell.height));
    middles.push(y + height / 2);
    y += height + GAP_Y;
  }
  const at = (cell: Cell): Place => ({ x: cell.x - left + MARGIN, y: middles[cell.layer] ?? 0 });
  const places = boxes.flatMap(({ id }) => {
    const cell = cells.get(id);
    return cell === undefined ? [] : [[id, at(cell)] as const];
  });
  return {
    width: right - left + 2 * MARGIN,
    height: y - GAP_Y + MARGIN,
    places: new Map(places),
    routes: passes.map((chain) => chain.map(at)),
  };
}
