import { isAssignable } from "./assignable.ts";
import {
  invalid,
  type MemberType,
  type NamedType,
  never,
  type ObjectType,
  resolve,
  type Type,
  union,
} from "./types.ts";

/** Pairs of types in one question; with more, the rest of the second type is left out. */
const MAX_STEPS = 5_000;
const MAX_DEPTH = 50;

export type Intersect = (a: Type, b: Type) => Type;

/**
 * A type of the values that have both types: `allOf`, or keywords side by side. Exact for objects, unions and simple types;
 * else the first of the two, which holds more values. `isKnown` completes a declared type, or says that it cannot yet.
 */
export function createIntersect(isKnown: (type: NamedType) => boolean): Intersect {
  let steps = 0;

  const intersect = (a: Type, b: Type, depth: number): Type => {
    if (a === b || a === invalid || b.kind === "unknown") return b === invalid ? b : a;
    if (b === invalid || a.kind === "unknown") return b;
    if (++steps > MAX_STEPS || depth > MAX_DEPTH) return a;
    if ((a.kind === "named" && !isKnown(a)) || (b.kind === "named" && !isKnown(b))) return a;
    return intersectResolved(a, b, depth);
  };

  const intersectResolved = (a: Type, b: Type, depth: number): Type => {
    const left = resolve(a);
    const right = resolve(b);
    if (left.kind === "unknown" || right.kind === "unknown")
      return left.kind === "unknown" ? (left === invalid ? a : b) : right === invalid ? b : a;
    if (left.kind === "union") return union(left.of.map((alternative) => intersect(alternative, b, depth + 1)));
    if (right.kind === "union") return union(right.of.map((alternative) => intersect(a, alternative, depth + 1)));
    if (left.kind === "object" && right.kind === "object") return intersectObjects(left, right, depth + 1);
    if (left.kind === "array" && right.kind === "array")
      return { kind: "array", element: intersect(left.element, right.element, depth + 1) };
    if (left.kind === "string" && right.kind === "string") return left.format === undefined ? right : left;
    if (isAssignable(a, b) === null) return a;
    return isAssignable(b, a) === null ? b : never;
  };

  const intersectObjects = (a: ObjectType, b: ObjectType, depth: number): ObjectType => {
    const members = new Map<string, MemberType>(a.members);
    for (const [name, other] of b.members) {
      const own = members.get(name);
      members.set(name, own === undefined ? other : intersectMembers(own, other, depth));
    }
    const additional =
      a.additional === null || b.additional === null ? null : intersect(a.additional, b.additional, depth);
    return { kind: "object", members, additional };
  };

  const intersectMembers = (a: MemberType, b: MemberType, depth: number): MemberType => {
    const description = a.description ?? b.description;
    return {
      type: intersect(a.type, b.type, depth),
      required: a.required || b.required,
      ...(description !== undefined && { description }),
    };
  };

  return (a, b) => {
    steps = 0;
    return intersect(a, b, 0);
  };
}
