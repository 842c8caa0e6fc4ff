import { queryError } from "./jsonata.ts";

/** A parameter in a signature, such as `s-` or `a<n>?`. */
interface QueryParameter {
  /** The kinds of values that it takes: `s`, `n`, `b`, `l` (null), `a`, `o`, `f` and `m` (nothing). */
  readonly kinds: string;
  /** Of an array, the kind of its items; "" where they may be anything. */
  readonly items: string | null;
  readonly least: number;
  readonly most: number;
  /** Whether the context stands for it where it is not given. */
  readonly isContext: boolean;
}

/** The arguments of a call as a signature has them: the context for one that is not given, an array for what is none. */
export function signedArguments(
  name: string,
  signature: string,
  args: readonly unknown[],
  context: unknown,
): readonly unknown[] {
  const parameters = readSignature(signature);
  const kinds = args.map(kindOfQuery).join("");
  const counts = matchKinds(parameters, kinds, false);
  if (counts === null)
    throw argumentError(name, wrongArgument(parameters, kinds));
  let next = 0;
  return parameters.flatMap((parameter, index) => {
    const count = counts[index] ?? 0;
    const given = args.slice(next, next + count);
    next += count;
    if (count > 0)
      return given.map((value, at) =>
        listOfKind(name, parameter, value, next - count + at + 1),
      );
    return parameter.isContext
      ? [contextArgument(context, parameter.kinds, name, next + 1)]
      : [args[next++]];
  });
}

/** The context as an argument that was not given: it must be of a kind that the function takes. */
export function contextArgument(
  context: unknown,
  kinds: string,
  name: string,
  index = 1,
): unknown {
  if (kinds.includes(kindOfQuery(context))) return context;
  throw queryError(
    "T0411",
    `Context value is not a compatible type with argument ${index} of function "${name}"`,
  );
}

export function argumentError(name: string, index: number): Error {
  return queryError(
    "T0410",
    `Argument ${index} of function "${name}" does not match function signature`,
  );
}

const itemKinds: Readonly<Record<string, string>> = {
  a: "arrays",
  b: "booleans",
  f: "functions",
  n: "numbers",
  o: "objects",
  s: "strings",
};

function listOfKind(
  name: string,
  { items }: QueryParameter,
  value: unknown,
  index: number,
): unknown {
  if (items === null || value === undefined) return value;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const kind = items.charAt(0);
  if (items !== "" && list.some((item) => kindOfQuery(item) !== kind))
    throw queryError(
      "T0412",
      `Argument ${index} of function "${name}" must be an array of "${itemKinds[items] ?? "undefined"}"`,
    );
  return list;
}

function kindOfQuery(value: unknown): string {
  if (value === null) return "l";
  if (Array.isArray(value)) return "a";
  return value === undefined
    ? "m"
    : typeof value === "boolean"
      ? "b"
      : (typeof value).charAt(0);
}

function readSignature(signature: string): readonly QueryParameter[] {
  const form = /([snblofajx]|\(([^)]*)\))(<(?:[^<>]|<[^<>]*>)*>)?([-?+]*)/gy;
  return [...signature.slice(1).matchAll(form)].map(
    ([, written = "", choice, inner, marks = ""]) => ({
      kinds: kindsOfLetter(choice ?? written),
      items: written === "a" ? (inner ?? "<>").slice(1, -1) : null,
      least: /[-?]/.test(marks) ? 0 : 1,
      most: marks.includes("+") ? Number.POSITIVE_INFINITY : 1,
      isContext: marks.includes("-"),
    }),
  );
}

function kindsOfLetter(letter: string): string {
  if (letter === "a" || letter === "x") return "asnblfom";
  if (letter === "f") return "f";
  return letter === "j" ? "asnblom" : `${letter}m`;
}

/** How many arguments each parameter takes, as many as it can; null where they do not fit. */
function matchKinds(
  [parameter, ...others]: readonly QueryParameter[],
  kinds: string,
  isPrefix: boolean,
): readonly number[] | null {
  if (parameter === undefined) return isPrefix || kinds === "" ? [] : null;
  let most = 0;
  while (
    most < Math.min(kinds.length, parameter.most) &&
    parameter.kinds.includes(kinds.charAt(most))
  )
    most++;
  for (let count = most; count >= parameter.least; count--) {
    const rest = matchKinds(others, kinds.slice(count), isPrefix);
    if (rest !== null) return [count, ...rest];
  }
  return null;
}

/** The number of the first argument that does not fit. */
function wrongArgument(
  parameters: readonly QueryParameter[],
  kinds: string,
): number {
  let good = 0;
  for (let length = 1; length <= parameters.length; length++) {
    const counts = matchKinds(parameters.slice(0, length), kinds, true);
    if (counts === null) break;
    good = counts.reduce((sum, count) => sum + count, 0);
  }
  return good + 1;
}
