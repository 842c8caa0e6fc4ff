import type fc from "fast-check";
import { drawn } from "./draw.ts";
import { drawGraph } from "./graphs.ts";
import { drawMachine } from "./machines.ts";

/** Random definitions of each format, as JSON text; most of them are valid. */
export const definitions: Readonly<Record<"graph" | "amazon-states", fc.Arbitrary<string>>> = {
  graph: drawn(drawGraph),
  "amazon-states": drawn(drawMachine),
};
