import { isRecord, statesError } from "./amazon-states.ts";
import { showPath } from "./json-path-problems.ts";

/** A copy of a state's input with the value at a path replaced; objects on the way are made. */
export function withValue(
  data: unknown,
  path: readonly (string | number)[],
  value: unknown,
): unknown {
  return placedIn(data, path, value, () =>
    statesError(
      "States.ResultPathMatchFailure",
      `Unable to apply ReferencePath ${showPath(path)} to input ${JSON.stringify(data)}`,
    ),
  );
}

function placedIn(
  data: unknown,
  [step, ...rest]: readonly (string | number)[],
  value: unknown,
  failure: () => Error,
): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    if (!Array.isArray(data) || step >= data.length) throw failure();
    return data.with(step, placedIn(data[step], rest, value, failure));
  }
  if (data !== undefined && !isRecord(data)) throw failure();
  const inner =
    data !== undefined && Object.hasOwn(data, step) ? data[step] : undefined;
  return { ...data, [step]: placedIn(inner, rest, value, failure) };
}
