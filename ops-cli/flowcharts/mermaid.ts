import type { ChartNode, Flowchart } from "./flowchart.ts";

const shapes = new Map([
  ["start", ["([", "])"]],
  ["end", ["([", "])"]],
  ["fail", ["[[", "]]"]],
  ["decision", ["{", "}"]],
  ["loop", ["{{", "}}"]],
  ["wait", ["[/", "/]"]],
  ["fork", ["[", "]"]],
  ["join", ["[", "]"]],
]);

/** https://mermaid.js.org/syntax/flowchart.html */
export function mermaidOf({ nodes, edges }: Flowchart): string {
  const lines = [
    ...nodes.map((node) => `  ${node.id}${shaped(node)}`),
    ...edges.map(({ from, to, label, onFailure }) => {
      const arrow = onFailure ? "-.->" : "-->";
      return `  ${from} ${arrow}${label === "" ? "" : `|${quoted(label)}|`} ${to}`;
    }),
  ];
  return ["flowchart TD", ...lines].join("\n");
}

function shaped({ kind, label }: ChartNode): string {
  const [open = "[", close = "]"] = shapes.get(kind) ?? [];
  return `${open}${quoted(label)}${close}`;
}

/** Characters that Mermaid, or the HTML that it makes, would read are written as their codes. */
function quoted(label: string): string {
  const inside = label.replace(/[^\p{L}\p{N} .,:!?'()*+/=_-]/gu, (character) => `#${character.codePointAt(0)};`);
  return `"${inside}"`;
}
