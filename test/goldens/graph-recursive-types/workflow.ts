// Workflow walk-tree, version 1.0.0
// Compiled by Workflow Compiler 0.0.0-test from a definition with SHA-256
// 78325033dfd07f6e7a0cb29ced5c52d7ca51193c3d6fda294aaaeb78f001751f

import {
  type ActivityContext,
  type RunOptions,
  call,
  execute,
} from "./runtime.js";

export type Input = Tree;

export interface Output {
  size: number;
  kind: "file" | "folder";
}

export interface Activities {
  "trees.measure"(
    input: { tree: unknown; range: [number, number] },
    context: ActivityContext,
  ): Promise<number>;
}

/** A folder or a file. */
export type Tree =
  { kind: "file"; size: number } | { kind: "folder"; children: Tree[] };

export async function run(
  input: Input,
  activities: Activities,
  options: RunOptions = {},
): Promise<Output> {
  return execute(options, async (scope) => {
    const measure = await call(scope, "measure", activities["trees.measure"], {
      tree: input,
      range: [0, 10],
    });
    return { size: measure, kind: input.kind };
  });
}
