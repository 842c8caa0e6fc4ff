import type { ObjectTree, Tree } from "../source/tree.ts";
import type { Reader } from "./schema.ts";
import { type MemberType, memberOf, resolve, type Type, union, unknown } from "./types.ts";

/** OpenAPI's `discriminator` beside `oneOf`: which member tells the alternatives apart, and by which values. */
export interface Discriminator {
  readonly name: string;
  /** References by value, as `mapping` has them. */
  readonly mapping: readonly (readonly [value: string, reference: string])[];
}

export function readDiscriminator(schema: ObjectTree): Discriminator | null {
  const tree = schema.byKey.get("discriminator")?.value;
  const name = tree?.kind === "object" ? tree.byKey.get("propertyName")?.value : undefined;
  if (tree?.kind !== "object" || name?.kind !== "string") return null;
  const mapping = tree.byKey.get("mapping")?.value;
  const members = mapping?.kind === "object" ? mapping.members : [];
  return {
    name: name.value,
    mapping: members.flatMap(({ key, value }) => (value.kind === "string" ? [[key, value.value] as const] : [])),
  };
}

/** An alternative with the constants that its discriminating member must have, where its own schema does not say so. */
export function discriminate(
  type: Type,
  list: Tree,
  index: number,
  discriminator: Discriminator | null,
  reader: Reader,
): Type {
  const alternative = list.kind === "array" ? list.items[index] : undefined;
  const reference = alternative?.kind === "object" ? alternative.byKey.get("$ref")?.value : undefined;
  if (discriminator === null || reference?.kind !== "string") return type;
  if (type.kind === "named" && !reader.references.complete(type)) return type;
  const member = memberOf(type, discriminator.name);
  if (resolve(type).kind !== "object" || (member?.required === true && isConstant(member.type))) return type;
  const values = valuesFor(reference.value, discriminator);
  const mark: MemberType = { type: union(values.map((value) => ({ kind: "literal", value }))), required: true };
  const marked: Type = { kind: "object", members: new Map([[discriminator.name, mark]]), additional: unknown };
  return reader.intersect(type, marked);
}

function isConstant(type: Type): boolean {
  const resolved = resolve(type);
  return resolved.kind === "literal" || (resolved.kind === "union" && resolved.of.every(isConstant));
}

/** The values that `mapping` gives a reference; without any, its last name is the value (OpenAPI 3.1, "Discriminator Object"). */
function valuesFor(reference: string, { mapping }: Discriminator): readonly string[] {
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  const values = mapping.flatMap(([value, target]) => (target === reference || target === last ? [value] : []));
  return values.length === 0 ? [last] : values;
}
