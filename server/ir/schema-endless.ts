import type { NamedType, Type, TypeDeclaration } from "./types.ts";

/** Rounds over all declared types; what takes more is not reported. */
const MAX_ROUNDS = 20;

/**
 * A declared type that no value has because each would hold another without end, such as a node that requires a next one.
 * Types that are found to have a value make that of others, until a round finds no more.
 */
export function findEndless(types: readonly NamedType[]): NamedType | null {
  const ending = new Set<TypeDeclaration>();
  const known = new Set(types.map((type) => type.declaration));
  const hasEnd = (declaration: TypeDeclaration): boolean => !known.has(declaration) || ending.has(declaration);
  // Definitions are met before those that they need.
  let open = types.toReversed();
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const left = open.filter(({ declaration }) => {
      const ends = canEnd(declaration.type, hasEnd);
      if (ends) ending.add(declaration);
      return !ends;
    });
    if (left.length === open.length) return left.at(-1) ?? null;
    open = left;
  }
  return null;
}

/** Whether a value of the type can be written down, given for which declared types one can. */
function canEnd(type: Type, hasEnd: (declaration: TypeDeclaration) => boolean): boolean {
  switch (type.kind) {
    case "named":
      return hasEnd(type.declaration);
    case "union":
      return type.of.some((alternative) => canEnd(alternative, hasEnd));
    case "tuple":
      return type.elements.every((element) => canEnd(element, hasEnd));
    case "object":
      return [...type.members.values()].every((member) => !member.required || canEnd(member.type, hasEnd));
    default:
      return true;
  }
}
