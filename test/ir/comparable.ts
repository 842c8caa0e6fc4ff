import type { Program } from "../../server/ir/program.ts";

/**
 * A program as plain data, to be compared by structure: without places, with numbers for the things whose identity counts
 * (variables, declared types, templates), and without fields that say nothing, such as `timeoutMs: null`.
 */
export function comparable(program: Program): unknown {
  const numbers = new Map<object, number>();

  const plain = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value;
    if (Array.isArray(value)) return value.map(plain);
    if (value instanceof Map) return [...value].map(([key, item]) => [key, plain(item)]);
    if (!hasIdentity(value)) return fields(value);
    const known = numbers.get(value);
    if (known !== undefined) return `number ${known}`;
    numbers.set(value, numbers.size);
    return { number: numbers.size - 1, ...fields(value) };
  };
  /** By name, so that both programs are walked in the same order. */
  const fields = (value: object): Record<string, unknown> => {
    const entries = Object.entries(value)
      .filter(
        ([name, item]) =>
          name !== "origin" && item !== null && item !== undefined && !(/description$/i.test(name) && item === ""),
      )
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(entries.map(([name, item]) => [name, plain(item)]));
  };
  return plain(program);
}

function hasIdentity(value: object): boolean {
  const isDeclaration = "name" in value && "type" in value && !("kind" in value) && !("origin" in value);
  return "role" in value || ("body" in value && "input" in value && !("activities" in value)) || isDeclaration;
}
