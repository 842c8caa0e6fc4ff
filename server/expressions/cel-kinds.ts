import { elementOf, invalid, resolve, type Type } from "../ir/types.ts";

/**
 * CEL's timestamps and durations while an expression is computed: integers of milliseconds, since the epoch or long.
 * They are these two objects, told from other integers by identity; what leaves an expression is text (see `stored`).
 */
export const timestampType: Type = { kind: "integer" };
export const durationType: Type = { kind: "integer" };

/** What operators and functions tell apart. `dyn`: known only at run time. `mixed`: several of the others. */
export type CelKind =
  | "int"
  | "double"
  | "string"
  | "bool"
  | "null"
  | "timestamp"
  | "duration"
  | "list"
  | "map"
  | "dyn"
  | "mixed"
  | "never";

export function kindOf(type: Type): CelKind {
  if (type === timestampType) return "timestamp";
  if (type === durationType) return "duration";
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "unknown":
      return "dyn";
    case "integer":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "array":
    case "tuple":
      return "list";
    case "object":
      return "map";
    case "literal":
      return kindOfLiteral(resolved.value);
    case "union":
      return kindOfUnion(resolved.of);
    case "string":
    case "null":
    case "never":
      return resolved.kind;
    default:
      return resolved satisfies never;
  }
}

function kindOfLiteral(value: string | number | boolean): CelKind {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    default:
      return Number.isInteger(value) ? "int" : "double";
  }
}

function kindOfUnion(types: readonly Type[]): CelKind {
  let common: CelKind | null = null;
  for (const type of types) {
    const kind = kindOf(type);
    if (kind === "dyn") return "dyn";
    if (common === null || common === kind) common = kind;
    else if (isNumeric(common) && isNumeric(kind)) common = "double";
    else return "mixed";
  }
  return common ?? "never";
}

export function isNumeric(kind: CelKind): boolean {
  return kind === "int" || kind === "double";
}

/** Whether all values of the type are null, booleans, numbers or strings: what `===` compares by value. */
export function isPrimitive(type: Type): boolean {
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "null":
    case "boolean":
    case "integer":
    case "number":
    case "string":
    case "literal":
      return true;
    case "union":
      return resolved.of.every(isPrimitive);
    default:
      return false;
  }
}

/** Deeper members are not looked at: a difference there is found at run time. */
const MAX_DEPTH = 4;
/** Alternatives of two unions that are compared with each other; of larger ones only the kinds are. */
const MAX_PAIRS = 10_000;

/** Whether some value of `a` could equal some value of `b`. Errs on the side of true. */
export function canEqual(a: Type, b: Type, depth = 0): boolean {
  const left = resolve(a);
  const right = resolve(b);
  if (left === right || left.kind === "unknown" || right.kind === "unknown" || depth > MAX_DEPTH) return true;
  if (left.kind === "union" || right.kind === "union") {
    const lefts = left.kind === "union" ? left.of : [left];
    const rights = right.kind === "union" ? right.of : [right];
    if (lefts.length * rights.length > MAX_PAIRS) return true;
    return lefts.some((one) => rights.some((other) => canEqual(one, other, depth + 1)));
  }
  if (left.kind === "literal" && right.kind === "literal") return left.value === right.value;
  const kinds = [kindOf(left), kindOf(right)] as const;
  if (kinds[0] !== kinds[1]) return isNumeric(kinds[0]) && isNumeric(kinds[1]);
  if (left.kind !== "object" || right.kind !== "object") return true;
  for (const [name, member] of left.members) {
    const other = right.members.get(name);
    if (other?.required && member.required && !canEqual(member.type, other.type, depth + 1)) return false;
  }
  return true;
}

/** How messages call a kind. */
export function showKind(kind: CelKind): string {
  return kind === "dyn" ? "unknown" : kind;
}

/** What the elements of a list or the keys of a map are; null where the type is neither. `invalid` stays itself. */
export function rangeOf(type: Type): Type | null {
  if (resolve(type) === invalid) return invalid;
  const element = elementOf(type);
  if (element !== null) return element;
  return kindOf(type) === "map" ? { kind: "string" } : kindOf(type) === "dyn" ? { kind: "unknown" } : null;
}
