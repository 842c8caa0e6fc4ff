import { CliError } from "../exit.ts";
import { xml } from "../xml.ts";
import { type ChartEdge, type ChartNode, type Flowchart, lined } from "./flowchart.ts";
import { type Box, layOut, type Place } from "./layers.ts";

const LINE = 16;
const CHARACTER = 7.3;
const PADDING = 12;
const LABEL_WIDTH = 28;

interface Shape extends Box {
  readonly node: ChartNode;
  readonly rows: readonly string[];
}

/** A picture that stands by itself: no script, no fonts or files from elsewhere. */
export function svgOf({ nodes, edges }: Flowchart): string {
  const shapes = nodes.map(shapeOf);
  const layout = layOut(shapes, edges);
  if (layout === null) {
    throw new CliError("too-large", `a picture of ${nodes.length} nodes would say nothing`, [
      "Take --format dot, and a tool that can zoom.",
    ]);
  }
  const byId = new Map(shapes.map((shape) => [shape.id, shape]));
  // Loops of a node onto itself stick out on the right.
  const width = Math.ceil(layout.width + 40);
  const height = Math.ceil(layout.height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...edges.map((edge, index) => drawnEdge(edge, layout.routes[index] ?? [], byId)),
    ...shapes.map((shape) => drawnNode(shape, layout.places.get(shape.id) ?? { x: 0, y: 0 })),
    "</svg>",
  ].join("\n");
}

function shapeOf(node: ChartNode): Shape {
  if (node.kind === "fork" || node.kind === "join") return { id: node.id, node, rows: [], width: 120, height: 6 };
  const rows = lined(node.label, LABEL_WIDTH, 3);
  const longest = Math.max(4, ...rows.map(({ length }) => length));
  const slack = node.kind === "decision" || node.kind === "loop" ? 2.2 : 1;
  return {
    id: node.id,
    node,
    rows,
    width: longest * CHARACTER + 2 * PADDING * slack,
    height: rows.length * LINE + 2 * PADDING * (node.kind === "decision" ? 1.6 : 1),
  };
}

function drawnNode({ node, rows, width, height }: Shape, { x, y }: Place): string {
  const first = y - ((rows.length - 1) * LINE) / 2 + 4.5;
  const text = rows.map(
    (row, index) => `<text x="${n(x)}" y="${n(first + index * LINE)}" text-anchor="middle">${xml(row)}</text>`,
  );
  const title = node.line === 0 ? "" : `<title>${xml(node.label)} (line ${node.line})</title>`;
  return `<g>${title}${outline(node.kind, x, y, width, height)}${text.join("")}</g>`;
}

function outline(kind: string, x: number, y: number, width: number, height: number): string {
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  const polygon = (points: readonly (readonly [number, number])[], fill: string): string =>
    `<polygon points="${points.map(([px, py]) => `${n(px)},${n(py)}`).join(" ")}" fill="${fill}" stroke="#555"/>`;
  const box = (radius: number, fill: string): string =>
    `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" rx="${radius}" fill="${fill}" stroke="#555"/>`;
  switch (kind) {
    case "start":
    case "end":
      return box(height / 2, "#e8f0e8");
    case "fail":
      return box(3, "#f6dede");
    case "decision":
      return polygon(
        [
          [x, top],
          [right, y],
          [x, bottom],
          [left, y],
        ],
        "#fdf3d8",
      );
    case "loop":
      return polygon(
        [
          [left + 14, top],
          [right - 14, top],
          [right, y],
          [right - 14, bottom],
          [left + 14, bottom],
          [left, y],
        ],
        "#e6e6f6",
      );
    case "wait":
      return polygon(
        [
          [left + 10, top],
          [right, top],
          [right - 10, bottom],
          [left, bottom],
        ],
        "#e2f1f6",
      );
    case "fork":
    case "join":
      return `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" fill="#555"/>`;
    default:
      return box(3, "#f4f4f4");
  }
}

function drawnEdge(
  { from, to, label, onFailure }: ChartEdge,
  route: readonly Place[],
  shapes: ReadonlyMap<string, Shape>,
): string {
  const [start, end] = [route[0], route.at(-1)];
  const [source, target] = [shapes.get(from), shapes.get(to)];
  if (!start || !end || !source || !target) return "";
  const dashes = onFailure ? ' stroke-dasharray="5 4"' : "";
  const line = (d: string): string => `<path d="${d}" fill="none" stroke="#555"${dashes} marker-end="url(#arrow)"/>`;
  if (from === to) {
    const right = start.x + source.width / 2;
    const d = `M${n(right)} ${n(start.y - 6)} C${n(right + 34)} ${n(start.y - 22)} ${n(right + 34)} ${n(start.y + 22)} ${n(right)} ${n(start.y + 6)}`;
    return line(d) + named(label, { x: right + 30, y: start.y });
  }
  const direction = start.y <= end.y ? 1 : -1;
  const points = [
    { x: start.x, y: start.y + (direction * source.height) / 2 },
    ...route.slice(1, -1),
    { x: end.x, y: end.y - (direction * target.height) / 2 },
  ];
  const [first = start, second = end] = points;
  const curves = points.slice(1).map((point, index) => {
    const before = points[index] ?? point;
    const middle = (before.y + point.y) / 2;
    return `C${n(before.x)} ${n(middle)} ${n(point.x)} ${n(middle)} ${n(point.x)} ${n(point.y)}`;
  });
  const place = { x: first.x * 0.55 + second.x * 0.45, y: first.y * 0.55 + second.y * 0.45 };
  return line(`M${n(first.x)} ${n(first.y)} ${curves.join(" ")}`) + named(label, place);
}

function named(label: string, { x, y }: Place): string {
  if (label === "") return "";
  const [row = ""] = lined(label, LABEL_WIDTH, 1);
  return `<text x="${n(x)}" y="${n(y + 4)}" text-anchor="middle" font-size="11" stroke="#fff" stroke-width="4" paint-order="stroke">${xml(row)}<title>${xml(label)}</title></text>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
