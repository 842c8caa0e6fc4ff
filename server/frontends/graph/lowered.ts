import type { Expression } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import type { Certainty } from "./certainty.ts";
import type { GraphContext } from "./context.ts";
import type { Controls } from "./controls.ts";
import type { Inputs } from "./inputs.ts";
import type { Node } from "./nodes.ts";
import type { Ports, Scope } from "./scope.ts";

/** What a node does, apart from its joins and from what becomes of its failures. */
export interface Lowered {
  readonly steps: readonly Step[];
  /** The values of its output ports; a port that is not here has none. */
  readonly ports: Ports;
  /** Which of ports that exclude each other is taken. */
  readonly chosen: {
    readonly cases: readonly { readonly when: Expression; readonly outcome: string }[];
    readonly otherwise: string;
  } | null;
  /** Of an inclusive split: when each port is taken. */
  readonly ways?: readonly { readonly port: string; readonly when: Expression }[];
}

export interface LowerParts {
  readonly node: Node;
  readonly inputs: Inputs;
  /** What expressions of the node can name. */
  readonly scope: Scope;
  readonly certainty: Certainty;
  readonly controls: Controls;
  readonly context: GraphContext;
}

/** What could not be lowered, which was reported. */
export const nothing: Lowered = { steps: [], ports: new Map(), chosen: null };
