import type { ObjectType, Type } from "./types.ts";

/** Whether two types have the same structure, down to order and descriptions. Declared types are the same only as objects. */
export function createSameType(): (one: Type, other: Type) => boolean {
  /** Pairs found equal: a type may hold the same part over and over. */
  const equal = new Map<Type, Set<Type>>();

  const same = (one: Type, other: Type): boolean => {
    if (one === other || equal.get(one)?.has(other)) return true;
    if (!compare(one, other)) return false;
    const others = equal.get(one) ?? new Set();
    equal.set(one, others.add(other));
    return true;
  };
  const all = (some: readonly Type[], others: readonly Type[]): boolean =>
    some.length === others.length && some.every((one, index) => sameOrNull(one, others[index] ?? null));
  const sameOrNull = (one: Type | null, other: Type | null): boolean =>
    one === null || other === null ? one === other : same(one, other);

  const compare = (one: Type, other: Type): boolean => {
    switch (one.kind) {
      case "string":
        return other.kind === "string" && one.format === other.format;
      case "literal":
        return other.kind === "literal" && Object.is(one.value, other.value);
      case "array":
        return other.kind === "array" && same(one.element, other.element);
      case "tuple":
        return other.kind === "tuple" && all(one.elements, other.elements) && sameOrNull(one.rest, other.rest);
      case "union":
        return other.kind === "union" && all(one.of, other.of);
      case "named":
        return other.kind === "named" && one.declaration === other.declaration;
      case "object":
        return other.kind === "object" && sameOrNull(one.additional, other.additional) && sameMembers(one, other);
      default:
        return one.kind === other.kind;
    }
  };
  const sameMembers = (one: ObjectType, other: ObjectType): boolean => {
    if (one.members.size !== other.members.size) return false;
    const others = other.members.entries();
    for (const [name, member] of one.members) {
      const [otherName, otherMember] = others.next().value ?? [];
      if (otherMember === undefined || name !== otherName || member.required !== otherMember.required) return false;
      if ((member.description ?? "") !== (otherMember.description ?? "") || !same(member.type, otherMember.type))
        return false;
    }
    return true;
  };
  return same;
}
