import type { WorkflowError } from "./failures.ts";

/** A line of a stack trace, as V8 writes it: `    at name (place)` or `    at place`. */
const stackFrame = /^ +at (?:async )?(?:.*? \((?<inner>.*)\)|(?<outer>.*))$/;

/**
 * Lets the stack of a failure begin with its step, at the line of the workflow where `site` was made: with source maps, a
 * line of the definition. What failed inside of the step is the failure's cause. Stacks that V8 did not write stay as they are.
 */
export function traceStep(failure: WorkflowError, site: Error): void {
  const frames = framesOf(site);
  const [here] = framesOf(new Error());
  const first = frames.findIndex((line) => fileOf(line) !== fileOf(here));
  const step = failure.step.replaceAll(/\s+/g, " ");
  const isTraced = framesOf(failure)[0]?.startsWith(`    at ${step} (`);
  if (first < 0 || isTraced === true) return;
  const header =
    failure.message === ""
      ? failure.name
      : `${failure.name}: ${failure.message}`;
  const place = placeOf(frames[first]);
  const at = step === "" ? `    at ${place}` : `    at ${step} (${place})`;
  failure.stack = [header, at, ...frames.slice(first + 1)].join("\n");
}

function framesOf(error: Error): readonly string[] {
  const { stack } = error;
  return typeof stack === "string"
    ? stack.split("\n").filter((line) => stackFrame.test(line))
    : [];
}

function placeOf(line = ""): string {
  const { inner, outer } = stackFrame.exec(line)?.groups ?? {};
  return inner ?? outer ?? "";
}

function fileOf(line: string | undefined): string {
  return placeOf(line).replace(/(?::\d+)*$/, "");
}
