import * as fc from "fast-check";
import { expect, test } from "vitest";
import { dotOf } from "../../ops-cli/flowcharts/dot.ts";
import type { Flowchart } from "../../ops-cli/flowcharts/flowchart.ts";
import { layOut } from "../../ops-cli/flowcharts/layers.ts";
import { mermaidOf } from "../../ops-cli/flowcharts/mermaid.ts";
import { svgOf } from "../../ops-cli/flowcharts/svg.ts";

/** Any flowchart: circles, ways onto itself, parts without a way to them. */
const charts = fc
  .tuple(
    fc.array(
      fc.tuple(fc.string({ unit: "grapheme" }), fc.constantFrom("start", "end", "decision", "fork", "loop", "9")),
      {
        minLength: 1,
        maxLength: 25,
      },
    ),
    fc.array(fc.tuple(fc.nat(24), fc.nat(24), fc.string(), fc.boolean(), fc.boolean()), { maxLength: 40 }),
  )
  .map(([boxes, ways]): Flowchart => {
    const nodes = boxes.map(([label, kind], index) => ({ id: `n${index + 1}`, kind, label, nodeId: "", line: index }));
    const id = (index: number) => `n${(index % nodes.length) + 1}`;
    const edges = ways.map(([from, to, label, onFailure, back]) => ({
      from: id(from),
      to: id(to),
      label,
      onFailure,
      back,
    }));
    return { nodes, edges };
  });

test("a layout has every box in the picture, and none on another", () => {
  fc.assert(
    fc.property(charts, ({ nodes, edges }) => {
      const boxes = nodes.map(({ id }, index) => ({ id, width: 40 + index * 7, height: 20 + (index % 3) * 10 }));
      const layout = layOut(boxes, edges);
      if (layout === null) throw new Error("too large");
      const placed = boxes.map((box) => ({
        ...box,
        ...(layout.places.get(box.id) ?? { x: Number.NaN, y: Number.NaN }),
      }));
      for (const { x, y, width, height } of placed) {
        expect(x - width / 2).toBeGreaterThanOrEqual(0);
        expect(x + width / 2).toBeLessThanOrEqual(layout.width);
        expect([y - height / 2 >= 0, y + height / 2 <= layout.height]).toEqual([true, true]);
      }
      for (const [index, a] of placed.entries()) {
        for (const b of placed.slice(index + 1)) {
          const apart =
            Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
          expect(apart).toBe(true);
        }
      }
      expect(layout.routes).toHaveLength(edges.length);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test("labels of strangers stay labels, whatever is in them", () => {
  fc.assert(
    fc.property(charts, (chart) => {
      const svg = svgOf(chart);
      expect(svg.match(/<(?!\/?(svg|defs|marker|path|rect|g|title|text|polygon)[ >/])/g)).toBeNull();
      expect(mermaidOf(chart).split("\n")).toHaveLength(1 + chart.nodes.length + chart.edges.length);
      expect(dotOf(chart).split("\n")).toHaveLength(5 + chart.nodes.length + chart.edges.length);
    }),
    { seed: 4, numRuns: 200 },
  );
  const hostile = '"]; x["</text><script>alert(1)</script>\\" -->|a|\n%%';
  const chart = { nodes: [{ id: "n1", kind: "step", label: hostile, nodeId: "", line: 0 }], edges: [] };
  expect(mermaidOf(chart)).not.toMatch(/[<>\\|]|\n%%/);
  expect(svgOf(chart)).not.toContain("<script");
  expect(dotOf(chart)).toContain('\\"]; x[\\"');
});

test("a picture that is too large is refused", () => {
  const nodes = Array.from({ length: 400 }, (_, index) => ({
    id: `n${index}`,
    kind: "step",
    label: "a",
    nodeId: "",
    line: 0,
  }));
  const chain = nodes
    .slice(1)
    .map(({ id }, index) => ({ from: `n${index}`, to: id, label: "", onFailure: false, back: false }));
  const long = nodes.slice(1, 200).map(({ id }) => ({ from: id, to: "n399", label: "", onFailure: true, back: false }));
  expect(() => svgOf({ nodes, edges: [...chain, ...long] })).toThrow("would say nothing");
});
