/** Arrays that JSONata made of several results: one of a single item is that item, an empty one is nothing. */
const sequences: WeakSet<readonly unknown[]> = new WeakSet();

/** Sequences that stay arrays with a single item: `items[]`. */
const keptSequences: WeakSet<readonly unknown[]> = new WeakSet();

/** Arrays of a constructor that is a step of a path: they are not flattened. */
const constructedArrays: WeakSet<readonly unknown[]> = new WeakSet();

export function sequenceOf(items: unknown[]): unknown[] {
  sequences.add(items);
  return items;
}

export function isSequence(items: readonly unknown[]): boolean {
  return sequences.has(items);
}

export function isConstructed(value: unknown): value is unknown[] {
  return Array.isArray(value) && constructedArrays.has(value);
}

/** A sequence as a value. */
export function collapsed(value: unknown): unknown {
  if (!Array.isArray(value) || value.length > 1 || !sequences.has(value))
    return value;
  return value.length === 1 && keptSequences.has(value) ? value : value[0];
}

/** A sequence that stays an array where it has a single item. */
export function keptArray(value: unknown): unknown {
  if (Array.isArray(value) && sequences.has(value)) keptSequences.add(value);
  return collapsed(value);
}

/** An array of values, in which arrays are taken apart: what an array constructor makes of expressions. */
export function queryArray(...values: readonly unknown[]): unknown[] {
  return values.filter((value) => value !== undefined).flat();
}

/** An array that stands as it is in another one. */
export function queryItems(value: unknown[]): unknown[] {
  return [value];
}

/** An array that is a step of a path: it is not taken apart. */
export function constructedArray(value: unknown): unknown {
  if (Array.isArray(value)) constructedArrays.add(value);
  return value;
}

/** $append. */
export function queryAppend(first: unknown, second: unknown): unknown {
  if (first === undefined) return second;
  if (second === undefined) return first;
  return [first, second].flat();
}
