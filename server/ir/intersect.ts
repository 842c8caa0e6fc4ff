import { isAssignable } from "./assignable.ts";
import {
  invalid,
  type MemberType,
  type NamedType,
  never,
  type ObjectType,
  resolve,
  type Type,
  type UnionType,
  union,
} from "./types.ts";

/** Pairs of types in all questions of a schema. */
const MAX_STEPS = 200_000;
const MAX_DEPTH = 50;
/** Alternatives that those of two types may make together. */
export const MAX_COMBINATIONS = 1_000;

export type Intersect = (a: Type, b: Type) => Type;

/**
 * A type of the values that have both types: `allOf`, or keywords side by side. Exact for objects, unions and simple types;
 * else the first of the two, which holds more values. `isKnown` completes a declared type, or says that it cannot yet.
 * `onLimit` is told when the first of two was given because there is a bound.
 */
export function createIntersect(isKnown: (type: NamedType) => boolean, onLimit: () => void): Intersect {
  let steps = 0;

  const intersect = (a: Type, b: Type, depth: number): Type => {
    if (a === b || a === invalid || b.kind === "unknown") return b === invalid ? b : a;
    if (b === invalid || a.kind === "unknown") return b;
    if (++steps > MAX_STEPS || depth > MAX_DEPTH) return limited(a);
    if ((a.kind === "named" && !isKnown(a)) || (b.kind === "named" && !isKnown(b))) return a;
    return intersectResolved(a, b, depth);
  };

  const limited = (a: Type): Type => {
    onLimit();
    return a;
  };

  const intersectResolved = (a: Type, b: Type, depth: number): Type => {
    const left = resolve(a);
    const right = resolve(b);
    if (left.kind === "unknown" || right.kind === "unknown")
      return left.kind === "unknown" ? (left === invalid ? a : b) : right === invalid ? b : a;
    if (left.kind === "literal" || right.kind === "literal") return narrower(a, b);
    if (left.kind === "union" && right.kind === "union") return intersectUnions(left, right, depth);
    if (left.kind === "union") return union(left.of.map((alternative) => intersect(alternative, b, depth + 1)));
    if (right.kind === "union") return union(right.of.map((alternative) => intersect(a, alternative, depth + 1)));
    if (left.kind === "object" && right.kind === "object") return intersectObjects(left, right, depth + 1);
    if (left.kind === "array" && right.kind === "array")
      return { kind: "array", element: intersect(left.element, right.element, depth + 1) };
    if (left.kind === "string" && right.kind === "string") return left.format === undefined ? right : left;
    return narrower(a, b);
  };

  const narrower = (a: Type, b: Type): Type => {
    if (isAssignable(a, b) === null) return a;
    return isAssignable(b, a) === null ? b : never;
  };

  /** Literals are looked up; all else is combined pair by pair. */
  const intersectUnions = (a: UnionType, b: UnionType, depth: number): Type => {
    const isPlain = (type: Type): boolean => resolve(type).kind !== "object";
    const plain = a.of.filter(isPlain);
    const shapes = a.of.filter((type) => !isPlain(type));
    const others = b.of.filter((type) => type.kind !== "literal");
    if (shapes.length * others.length > MAX_COMBINATIONS) return limited(a);
    const kept = plain.map((type) => (type.kind === "literal" ? narrower(type, b) : intersect(type, b, depth + 1)));
    const made = shapes.flatMap((type) => others.map((other) => intersect(type, other, depth + 1)));
    return union([...kept, ...made]);
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

  return (a, b) => intersect(a, b, 0);
}
