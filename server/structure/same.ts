import type { Variable } from "../ir/expression.ts";
import type { Step } from "../ir/program.ts";
import { showType } from "../ir/show-type.ts";
import type { Type } from "../ir/types.ts";

/** Whether two lists of steps do the same, where `second` stands in the one for what `first` is in the other. */
export function sameSteps(some: readonly Step[], others: readonly Step[], first: Variable, second: Variable): boolean {
  return same(some, others, (one, other) => one === other || (one === first && other === second));
}

/** The same for tests. */
export function sameTest(some: object | null, other: object | null, first: Variable, second: Variable): boolean {
  return same(some, other, (one, another) => one === another || (one === first && another === second));
}

function same(one: unknown, other: unknown, sameVariable: (one: unknown, other: unknown) => boolean): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (isVariable(one)) return sameVariable(one, other);
  const entries = Object.entries(one);
  if (Array.isArray(one) !== Array.isArray(other) || entries.length !== Object.keys(other).length) return false;
  const values = new Map(Object.entries(other));
  return entries.every(([key, value]) => {
    if (key === "origin") return true;
    if (!values.has(key)) return false;
    return key === "type" ? sameType(value, values.get(key)) : same(value, values.get(key), sameVariable);
  });
}

function isVariable(value: object): boolean {
  return "role" in value && "name" in value;
}

/** Types may be recursive; those too long to show are taken for different. */
function sameType(one: Type, other: Type): boolean {
  if (one === other) return true;
  const text = showType(one);
  return !text.endsWith("…") && text === showType(other);
}
