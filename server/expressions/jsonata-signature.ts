import type { Expression } from "../ir/expression.ts";
import type { QueryNode } from "./jsonata-parse.ts";

/** The parameters of a function, of a signature such as `<s-nn?:s>`. */
export interface QuerySignature {
  readonly parameters: readonly QueryParameter[];
  /** How many arguments it needs, with one that the context may stand for. */
  readonly min: number;
  readonly max: number;
}

interface QueryParameter {
  /** Letters of the kinds of values that it takes; `m` is a value that is missing. */
  readonly kinds: string;
  readonly isContext: boolean;
  readonly isOptional: boolean;
}

const KINDS = "snblaofm";

export function readSignature(signature: string): QuerySignature {
  const form = /([snblofajx]|\([a-z]*\))(?:<(?:[^<>]|<[^<>]*>)*>)?([-?+]*)/gy;
  const written = [...signature.slice(1).matchAll(form)];
  const parameters = written.map(([, letter = "", marks = ""]) => ({
    kinds: "ax".includes(letter) ? KINDS : letter === "f" ? "f" : letter === "j" ? "snblaom" : `${letter}m`,
    isContext: marks.includes("-"),
    isOptional: marks.includes("?"),
  }));
  const min = parameters.filter(({ isOptional }) => !isOptional).length;
  return { parameters, min, max: signature.includes("+") ? Number.POSITIVE_INFINITY : parameters.length };
}

const letters: ReadonlyMap<string, string> = new Map([
  ["string", "s"],
  ["number", "n"],
  ["integer", "n"],
  ["boolean", "b"],
  ["null", "l"],
  ["array", "a"],
  ["object", "o"],
]);

/** The kinds that a value may be of, as far as its type tells. */
export function kindsOf({ type }: Expression): string {
  return letters.get(type.kind === "literal" ? typeof type.value : type.kind) ?? KINDS;
}

/** Whether a node is certain to be a function. */
export function isFunctionNode({ type }: QueryNode): boolean {
  return ["lambda", "regex", "partial", "transform"].includes(type);
}

/** Whether arguments of these kinds fit the parameters: all of them that there may be, or some. `isShifted`: the context stands for the first. */
function fits(parameters: readonly QueryParameter[], given: readonly string[], isShifted: boolean): boolean {
  const taking = isShifted ? parameters.slice(1) : parameters;
  const isEnough = taking.slice(given.length).every(({ isOptional }) => isOptional);
  return (
    given.length <= taking.length &&
    isEnough &&
    given.every((letter, index) => taking[index]?.kinds.includes(letter) === true)
  );
}

/**
 * Whether the context stands for the first argument of a call: JSONata decides by the kinds of those that are given.
 * Null where arguments of these kinds never fit.
 */
export function contextUse(
  { parameters }: QuerySignature,
  given: readonly string[],
): "always" | "never" | "perhaps" | null {
  const mayShift = parameters[0]?.isContext === true && given.length < parameters.length;
  if (!mayShift) return "never";
  let [canBePlain, canBeShifted] = [false, false];
  for (const kinds of combinations(given)) {
    const isPlain = fits(parameters, kinds, false);
    canBePlain ||= isPlain;
    canBeShifted ||= !isPlain && fits(parameters, kinds, true);
  }
  if (canBePlain && canBeShifted) return "perhaps";
  return canBeShifted ? "always" : canBePlain ? "never" : null;
}

function combinations([first, ...others]: readonly string[]): readonly (readonly string[])[] {
  if (first === undefined) return [[]];
  const rest = combinations(others);
  return first.split("").flatMap((letter) => rest.map((letters) => [letter, ...letters]));
}
