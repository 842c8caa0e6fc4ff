import { isRecord, statesError } from "./amazon-states.ts";

/** A path as it is usually written: `$.a['b c'][0]`. */
export function showPath(path: readonly (string | number)[]): string {
  return `$${path.map((step) => (typeof step === "number" ? `[${step}]` : /^[\w-]+$/.test(step) ? `.${step}` : `['${step}']`)).join("")}`;
}

function showBracket(step: string | number): string {
  return typeof step === "number" ? `[${step}]` : `['${step}']`;
}

/** Why a path leads nowhere, in the words of the Jayway JsonPath library that AWS passes on. `from`: what leads to `data`. */
export function pathProblem(
  data: unknown,
  path: readonly (string | number)[],
  from: string,
): string {
  let value = data;
  let at = from;
  for (const [index, step] of path.entries()) {
    const next = at + showBracket(step);
    if (typeof step === "number") {
      if (value === undefined) return `The path ${at} is null`;
      if (!Array.isArray(value))
        return `Filter: [${step}] can only be applied to arrays. Current context is: ${JSON.stringify(value)}`;
      value = value.at(step);
    } else {
      if (!isRecord(value)) return noObject(step, at, value);
      value = Object.hasOwn(value, step) ? value[step] : undefined;
      if (value === undefined && index < path.length - 1)
        return `Missing property in path ${next}`;
    }
    at = next;
  }
  return `No results for path: ${at}`;
}

function noObject(name: string, at: string, found: unknown): string {
  return `Expected to find an object with property ['${name}'] in path ${at} but found '${javaClass(found)}'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.`;
}

/** The class of Jackson's tree model that holds such a value. */
function javaClass(value: unknown): string {
  if (value === undefined) return "null";
  const kind =
    value === null
      ? "Null"
      : Array.isArray(value)
        ? "Array"
        : typeof value === "string"
          ? "Text"
          : typeof value === "boolean"
            ? "Boolean"
            : !Number.isInteger(value)
              ? "Double"
              : Math.abs(Number(value)) < 2 ** 31
                ? "Int"
                : "Long";
  return `com.fasterxml.jackson.databind.node.${kind}Node`;
}

/** What a path into null fails with. */
export function nullInput(): Error {
  return statesError(
    "States.Runtime",
    "Unable to apply Path transformation to null or empty input.",
  );
}

/** The keys of a path that a run was given: names and indexes, from `$`. */
export function parsedPath(text: string): (string | number)[] {
  const step =
    /\.?\[\s*(?:(-?\d{1,9})|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]|\.([^\s.[\]()'"*?,]+)/y;
  const keys: (string | number)[] = [];
  step.lastIndex = 1;
  while (text.startsWith("$") && step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) break;
    const [, index, quoted, double, name] = match;
    const written = quoted ?? double;
    keys.push(
      index === undefined
        ? (name ?? written?.replace(/\\(.)/g, "$1") ?? "")
        : Number(index),
    );
    if (step.lastIndex === text.length) return keys;
  }
  if (text === "$") return keys;
  throw statesError(
    "States.Runtime",
    `The path '${text}' that the run was given has more than names and indexes.`,
  );
}
