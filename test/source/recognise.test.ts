import { expect, test } from "vitest";
import { recogniseFormat } from "../../server/source/recognise.ts";
import { read } from "./reading.ts";

test.each([
  ["apiVersion: workflow.compiler/v1\nkind: Workflow", "graph"],
  ["apiVersion: workflow.compiler/v9", "graph"],
  ["kind: Workflow\nspec: {}", "graph"],
  ["kind: Workflow", null],
  ["apiVersion: v1\nkind: ConfigMap", null],
  ['{"StartAt": "A", "States": {}}', "amazon-states"],
  ['{"States": {}}', "amazon-states"],
  ['{"StartAt": 1}', "amazon-states"],
  ["document: {dsl: 1.0.0, name: x}\ndo: []", "open-workflow"],
  ["document: {}", null],
  ['{"nodes": [], "connections": {}}', "n8n"],
  ['{"nodes": [], "connections": []}', null],
  ['{"constructor": 1}', null],
])("%j is %s", (text, format) => {
  const { document } = read(text);
  expect(document && recogniseFormat(document)).toBe(format);
});
