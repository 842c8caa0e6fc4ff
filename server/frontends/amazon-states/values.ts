import type { Expression } from "../../ir/expression.ts";
import type { Tree } from "../../source/tree.ts";
import { pathScope } from "./context-object.ts";
import { compileQueryValue } from "./jsonata-values.ts";
import { compileTemplate } from "./payload.ts";
import type { StateScope } from "./scope.ts";

/** What expressions at one place of a state can name. */
export interface Bound {
  /** What `$` stands for in JSONPath. */
  readonly data: Expression;
  /** What `$states.result` and `$states.errorOutput` stand for in JSONata; absent where there is none. */
  readonly result?: Expression;
  readonly errorOutput?: Expression;
}

/** A value of a definition in which expressions may stand, in the query language of its state. */
export function compileValue(state: StateScope, tree: Tree, field: string, bound: Bound): Expression {
  return state.language === "JSONata"
    ? compileQueryValue(state, tree, field, bound)
    : compileTemplate(tree, pathScope(state, bound.data));
}
