import type { Case, Difference, Outcome } from "./conformance.ts";

/** How an outcome differs from what AWS recorded, in one sentence; null where it does not. */
export function differenceOf(test: Case, outcome: Outcome): Difference {
  return resultDifference(test, outcome) ?? orderDifference(test, outcome) ?? outcome.differentInputs[0] ?? null;
}

function resultDifference({ expected, placeholders, cause_is_json_text }: Case, outcome: Outcome): Difference {
  if (expected.status === "SUCCEEDED") {
    if (outcome.error !== undefined) return `failed with ${outcome.error}: ${outcome.cause}`;
    const at = firstDifference(expected.output, outcome.output, "", new Set(placeholders));
    return at === null ? null : `output differs at ${at}`;
  }
  if (outcome.error === undefined) return `succeeded with ${JSON.stringify(outcome.output)}`;
  const error = expected.status === "TIMED_OUT" ? "States.Timeout" : (expected.error ?? "");
  if (outcome.error !== error) return `failed with ${outcome.error}: ${outcome.cause}; with AWS ${error}`;
  const cause = expected.cause ?? "";
  const isSame = cause_is_json_text
    ? firstDifference(JSON.parse(cause), JSON.parse(outcome.cause ?? ""), "", new Set()) === null
    : sameText(cause, outcome.cause ?? "");
  return isSame ? null : `its cause is "${outcome.cause}", of AWS "${cause}"`;
}

function orderDifference(test: Case, { entered }: Outcome): Difference {
  if (test.states_entered === null) return null;
  const isLoose = test.order_unreliable === true || test.concurrent === true;
  const [wanted, found] = [test.states_entered, entered].map((names) => (isLoose ? [...names].sort() : [...names]));
  const isSame = JSON.stringify(wanted) === JSON.stringify(found);
  return isSame ? null : `it entered ${JSON.stringify(found)}, with AWS ${JSON.stringify(wanted)}`;
}

/** Whether two values are the same, but for texts that the recording replaced. */
export function sameShape(recorded: unknown, given: unknown, placeholders: readonly string[] = []): boolean {
  return firstDifference(recorded, given, "", new Set(placeholders)) === null;
}

/** Where two values first differ, as a JSON Pointer and both values. At a placeholder only the type must be the same. */
function firstDifference(
  recorded: unknown,
  given: unknown,
  at: string,
  placeholders: ReadonlySet<string>,
): string | null {
  const differs = (): string => `"${at}": ${JSON.stringify(given)}, with AWS ${JSON.stringify(recorded)}`;
  if (placeholders.has(at)) return given === undefined ? differs() : null;
  if (typeof given === "string" && given.startsWith("<unresolved:")) return null;
  if (typeof recorded === "string" && typeof given === "string") return sameText(recorded, given) ? null : differs();
  if (typeof recorded !== "object" || recorded === null || typeof given !== "object" || given === null)
    return recorded === given ? null : differs();
  if (Array.isArray(recorded) !== Array.isArray(given)) return differs();
  const keys = new Set([...Object.keys(recorded), ...Object.keys(given)]);
  for (const key of keys) {
    // Older recordings were made before the context object had it.
    if (key === "RedriveCount" && !Object.hasOwn(recorded, key)) continue;
    const path = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!Object.hasOwn(recorded, key) || !Object.hasOwn(given, key)) return `"${path}", which only one of them has`;
    const found = firstDifference(Reflect.get(recorded, key), Reflect.get(given, key), path, placeholders);
    if (found !== null) return found;
  }
  return null;
}

/** Whether a text is as recorded, where tokens such as `<uuid:1>` stand for any text. */
function sameText(recorded: string, given: string): boolean {
  if (recorded === given) return true;
  const parts = recorded.split(/<[A-Za-z][\w-]*(?::\d+)?>/);
  if (parts.length === 1) return false;
  const [first = "", ...rest] = parts;
  if (!given.startsWith(first)) return false;
  let from = first.length;
  for (const [index, part] of rest.entries()) {
    const found = index === rest.length - 1 ? given.length - part.length : given.indexOf(part, from);
    if (found < from || !given.startsWith(part, found)) return false;
    from = found + part.length;
  }
  return true;
}
