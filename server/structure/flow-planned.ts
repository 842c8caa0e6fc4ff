import type { Condition } from "./flow-conditions.ts";
import type { FlowNode } from "./flow-graph.ts";

/** Which statements a flow becomes, before they are written out. */
export type Plan =
  | { readonly kind: "sequence"; readonly plans: readonly Plan[] }
  | { readonly kind: "run"; readonly node: FlowNode }
  /** Nodes, by place. */
  | { readonly kind: "skip"; readonly nodes: readonly number[] }
  | Select
  /** `then` where the condition holds, else the nodes are skipped. */
  | { readonly kind: "when"; readonly condition: Condition; readonly then: Plan; readonly skipped: readonly number[] }
  /** Runs the node where the links to it, as they were noted when taken, let it run; else skips it. */
  | { readonly kind: "noted"; readonly node: FlowNode }
  | { readonly kind: "fork"; readonly branches: readonly PlannedBranch[] };

/** By the outcome of a node that has run. The arms exclude each other and cover every outcome that is still possible. */
export interface Select {
  readonly kind: "select";
  readonly node: FlowNode;
  readonly arms: readonly Arm[];
  /** Whether the node is certain to have run. */
  readonly isCertain: boolean;
}

export interface Arm {
  readonly outcomes: readonly string[];
  readonly plan: Plan;
  /** Whether it only skips. */
  readonly isIdle: boolean;
}

export interface PlannedBranch {
  readonly name: string;
  readonly plan: Plan;
  readonly after: readonly string[];
  readonly gate: BranchGate | null;
}

/** The gate that a branch begins with. */
export interface BranchGate {
  readonly node: FlowNode;
  /** The branches at whose ends links to it are decided, and the node at the end of each. */
  readonly watched: readonly { readonly place: number; readonly name: string }[];
}

export function inSequence(plans: readonly Plan[]): Plan {
  const flattened = plans.flatMap((each) => (each.kind === "sequence" ? each.plans : [each]));
  const [only] = flattened;
  return flattened.length === 1 && only !== undefined ? only : { kind: "sequence", plans: flattened };
}
