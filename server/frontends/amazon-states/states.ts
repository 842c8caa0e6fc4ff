import { compileChoice } from "./choice.ts";
import { compileParallel } from "./containers.ts";
import { compileMap } from "./map.ts";
import type { StateCode, StateScope } from "./scope.ts";
import { compileFail, compilePass, compileSucceed, compileWait } from "./simple-states.ts";
import { compileTask } from "./task.ts";

const compilers: ReadonlyMap<string, (state: StateScope) => StateCode> = new Map([
  ["Pass", compilePass],
  ["Task", compileTask],
  ["Choice", compileChoice],
  ["Wait", compileWait],
  ["Succeed", compileSucceed],
  ["Fail", compileFail],
  ["Parallel", compileParallel],
  ["Map", compileMap],
]);

/** Compiles a state of a known type. */
export function compileState(type: string, state: StateScope): StateCode {
  const compile = compilers.get(type);
  if (compile === undefined) throw new Error(`no compiler for states of type ${type}`);
  return compile(state);
}
