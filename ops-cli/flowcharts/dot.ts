import type { ChartNode, Flowchart } from "./flowchart.ts";

const shapes = new Map([
  ["start", "oval"],
  ["end", "oval"],
  ["fail", "octagon"],
  ["decision", "diamond"],
  ["loop", "hexagon"],
  ["wait", "parallelogram"],
  ["fork", "trapezium"],
  ["join", "invtrapezium"],
]);

/** https://graphviz.org/doc/info/lang.html */
export function dotOf({ nodes, edges }: Flowchart): string {
  return [
    "digraph workflow {",
    "  rankdir=TB;",
    '  node [fontname="sans-serif"];',
    '  edge [fontname="sans-serif"];',
    ...nodes.map((node) => `  ${node.id} [shape=${shapeOf(node)}, label=${quoted(node.label)}${tooltip(node)}];`),
    ...edges.map(({ from, to, label, onFailure, back }) => {
      const marks = [
        ...(label === "" ? [] : [`label=${quoted(label)}`]),
        ...(onFailure ? ["style=dashed"] : []),
        ...(back ? ["constraint=false"] : []),
      ];
      return `  ${from} -> ${to}${marks.length === 0 ? "" : ` [${marks.join(", ")}]`};`;
    }),
    "}",
  ].join("\n");
}

function shapeOf({ kind }: ChartNode): string {
  return shapes.get(kind) ?? "box";
}

function tooltip({ line }: ChartNode): string {
  return line === 0 ? "" : `, tooltip="line ${line}"`;
}

/** In a string only the quote and the backslash mean something; line ends may not stand in one. */
function quoted(label: string): string {
  return `"${label.replace(/\p{Cc}/gu, " ").replace(/["\\]/g, "\\$&")}"`;
}
