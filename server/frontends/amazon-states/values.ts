import type { Expression } from "../../ir/expression.ts";
import type { Tree } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import type { QueryBound } from "./jsonata-values.ts";
import { compileTemplate } from "./payload.ts";
import type { StateScope } from "./scope.ts";

/** What expressions at one place of a state can name. */
export interface Bound extends QueryBound {
  /** What `$` stands for in JSONPath. */
  readonly data: Expression;
}

/** A value of a definition in which expressions may stand, in the query language of its state. */
export function compileValue(state: StateScope, tree: Tree, { data, ...bound }: Bound): Expression {
  return compileTemplate(tree, pathScope(state, data, bound));
}
