import { isRecord } from "./amazon-states.ts";
import {
  arrayArgument,
  intrinsicError,
  numberArgument,
} from "./amazon-text.ts";
import { sameJson } from "./json-path.ts";

/** States.ArrayPartition: arrays of at most so many items. */
export function arrayPartition(array: unknown, size: unknown): unknown[][] {
  const items = arrayArgument(array, "States.ArrayPartition");
  const width = Math.round(numberArgument(size, "States.ArrayPartition"));
  if (width < 1)
    throw intrinsicError("States.ArrayPartition", "the size must be positive");
  return Array.from({ length: Math.ceil(items.length / width) }, (_, index) =>
    items.slice(index * width, (index + 1) * width),
  );
}

/** States.ArrayContains. */
export function arrayContains(array: unknown, value: unknown): boolean {
  return arrayArgument(array, "States.ArrayContains").some((item) =>
    sameJson(item, value),
  );
}

/** States.ArrayRange: the numbers from `first` to `last` by `step`, at most 1,000. */
export function arrayRange(
  first: unknown,
  last: unknown,
  step: unknown,
): number[] {
  const [from, to, by] = [first, last, step].map((value) =>
    Math.round(numberArgument(value, "States.ArrayRange")),
  );
  if (from === undefined || to === undefined || by === undefined || by === 0) {
    throw intrinsicError("States.ArrayRange", "the step must not be 0");
  }
  const length = Math.max(0, Math.floor((to - from) / by) + 1);
  if (length > 1000)
    throw intrinsicError(
      "States.ArrayRange",
      "the array would have more than 1000 items",
    );
  return Array.from({ length }, (_, index) => from + index * by);
}

/** States.ArrayGetItem. */
export function arrayGetItem(array: unknown, index: unknown): unknown {
  const item = arrayArgument(array, "States.ArrayGetItem")[
    numberArgument(index, "States.ArrayGetItem")
  ];
  if (item === undefined)
    throw intrinsicError(
      "States.ArrayGetItem",
      `there is no item ${JSON.stringify(index)}`,
    );
  return item;
}

/** States.ArrayLength. */
export function arrayLength(array: unknown): number {
  return arrayArgument(array, "States.ArrayLength").length;
}

/** States.ArrayUnique: without later items that equal an earlier one. */
export function arrayUnique(array: unknown): unknown[] {
  const seen = new Map<string, unknown[]>();
  return arrayArgument(array, "States.ArrayUnique").filter((item) => {
    const key =
      typeof item === "object" && item !== null
        ? `${Object.keys(item).sort()}`
        : `${typeof item} ${item}`;
    const alike = seen.get(key) ?? [];
    if (alike.some((other) => sameJson(other, item))) return false;
    seen.set(key, [...alike, item]);
    return true;
  });
}

/** States.JsonMerge, shallow: AWS has no deep one yet. Members of `right` win. */
export function jsonMerge(
  left: unknown,
  right: unknown,
  deep: unknown,
): Record<string, unknown> {
  if (deep !== false)
    throw intrinsicError(
      "States.JsonMerge",
      "only shallow merging (false) is supported",
    );
  if (!isRecord(left) || !isRecord(right))
    throw intrinsicError("States.JsonMerge", "two objects are needed");
  return { ...left, ...right };
}

/** States.MathAdd: the sum of two numbers, each rounded to an integer first. */
export function mathAdd(left: unknown, right: unknown): number {
  return (
    Math.round(numberArgument(left, "States.MathAdd")) +
    Math.round(numberArgument(right, "States.MathAdd")) +
    0
  );
}
