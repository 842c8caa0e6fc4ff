/**
 * The lattice of types that JSON values have. JSON Schema maps onto it, expressions are checked in it, and `emit/`
 * prints it as TypeScript. `never` is its bottom and `unknown` (any JSON value) its top.
 */
export type Type =
  | { readonly kind: "unknown" }
  | { readonly kind: "never" }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" }
  | { readonly kind: "integer" }
  | { readonly kind: "number" }
  | StringType
  | LiteralType
  | ArrayType
  | TupleType
  | ObjectType
  | UnionType
  | NamedType;

export interface StringType {
  readonly kind: "string";
  /** JSON Schema `format`, such as `date-time`: kept for documentation; it does not change what is assignable. */
  readonly format?: string;
}

export interface LiteralType {
  readonly kind: "literal";
  readonly value: string | number | boolean;
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: Type;
}

export interface TupleType {
  readonly kind: "tuple";
  readonly elements: readonly Type[];
  /** The type of further elements; null where there can be none. */
  readonly rest: Type | null;
}

export interface ObjectType {
  readonly kind: "object";
  readonly members: ReadonlyMap<string, MemberType>;
  /** The type of members not listed; null where there can be none. */
  readonly additional: Type | null;
}

export interface MemberType {
  readonly type: Type;
  readonly required: boolean;
  readonly description?: string;
}

export interface UnionType {
  readonly kind: "union";
  /** At least two; made by `union`, which flattens, drops duplicates and lets `string` absorb `"a"`, `number` absorb `integer`. */
  readonly of: readonly Type[];
}

/** A reference to a declared type, which may be recursive. */
export interface NamedType {
  readonly kind: "named";
  readonly declaration: TypeDeclaration;
}

/** A type with a name of its own in the generated module. `type` is set once, after its parts are known. */
export interface TypeDeclaration {
  readonly name: string;
  readonly description?: string;
  type: Type;
}

export const unknown: Type = { kind: "unknown" };
export const never: Type = { kind: "never" };
export const nullType: Type = { kind: "null" };
export const boolean: Type = { kind: "boolean" };
export const integer: Type = { kind: "integer" };
export const number: Type = { kind: "number" };
export const string: Type = { kind: "string" };

/**
 * Stands where a type could not be made out and that has been reported. It is assignable to and from everything, so
 * that one mistake is reported once. A program with it is never emitted.
 */
export const invalid: Type = { kind: "unknown" };

/** The type of values that have one of `types`. Objects are not merged: `{a}` and `{a, b}` stay two alternatives. */
export function union(types: Iterable<Type>): Type {
  const kept = new Map<string, Type>();
  const add = (type: Type): void => {
    if (type.kind === "union") for (const member of type.of) add(member);
    else if (type.kind !== "never") keep(kept, type);
  };
  for (const type of types) add(type);
  for (const type of kept.values()) if (type === invalid) return invalid;
  if (kept.has("unknown")) return unknown;
  if (kept.has("true") && kept.has("false")) keep(kept, boolean);
  const of = [...kept.values()].filter((type) => !isAbsorbed(type, kept));
  const [first] = of;
  return first === undefined ? never : of.length === 1 ? first : { kind: "union", of };
}

function keep(kept: Map<string, Type>, type: Type): void {
  const key = keyOf(type);
  const present = kept.get(key);
  if (present === undefined || type === invalid) kept.set(key, type);
  else if (present.kind === "string" && type.kind === "string" && present.format !== type.format) kept.set(key, string);
}

function isAbsorbed(type: Type, kept: ReadonlyMap<string, Type>): boolean {
  if (type.kind === "integer") return kept.has("number");
  // The type of `[]`.
  if (type.kind === "array" && type.element.kind === "never")
    return [...kept.values()].some((other) => other !== type && other.kind === "array");
  if (type.kind !== "literal") return false;
  const base = widen(type);
  return kept.has(base.kind) || (base.kind === "integer" && kept.has("number"));
}

/** Longer keys would cost more than they save: such types count as different. */
const MAX_KEY = 2_000;
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(of: object): string {
  const identity = identities.get(of) ?? ++lastIdentity;
  identities.set(of, identity);
  return `#${identity}`;
}

/** Equal for types of the same structure; declared types are told apart by their declaration. */
function keyOf(type: Type): string {
  const parts: string[] = [];
  return writeKey(type, parts, { left: MAX_KEY }) ? parts.join("") : identityOf(type);
}

function writeKey(type: Type, parts: string[], budget: { left: number }): boolean {
  const write = (text: string): boolean => {
    parts.push(text);
    budget.left -= text.length;
    return budget.left > 0;
  };
  const list = (types: readonly Type[], close: string): boolean =>
    types.every((member) => writeKey(member, parts, budget) && write(",")) && write(close);
  switch (type.kind) {
    case "literal":
      return parts.length === 0 ? parts.push(JSON.stringify(type.value)) > 0 : write(JSON.stringify(type.value));
    case "array":
      return write("[") && writeKey(type.element, parts, budget) && write("]");
    case "tuple":
      return write("<") && list(type.elements, "...") && list(type.rest === null ? [] : [type.rest], ">");
    case "union":
      return write("(") && list(type.of, ")");
    case "named":
      return write(identityOf(type.declaration));
    case "object":
      for (const [name, member] of type.members) {
        if (!write(`${JSON.stringify(name)}${member.required ? ":" : "?"}`)) return false;
        if (!writeKey(member.type, parts, budget)) return false;
      }
      return write("{") && list(type.additional === null ? [] : [type.additional], "}");
    default:
      return write(type.kind);
  }
}

/** The type itself behind a name. */
export function resolve(type: Type): Exclude<Type, NamedType> {
  let current = type;
  for (let steps = 0; current.kind === "named"; steps++) {
    // A name that leads only to itself is reported by `typeOfSchema`; this bound keeps every caller safe before that.
    if (steps > 1_000) return { kind: "unknown" };
    current = current.declaration.type;
  }
  return current;
}

/** The type without its literals: `"a" | "b"` is `string`. */
export function widen(type: Type): Type {
  if (type.kind === "union") return union(type.of.map(widen));
  if (type.kind !== "literal") return type;
  switch (typeof type.value) {
    case "string":
      return string;
    case "boolean":
      return boolean;
    default:
      return Number.isInteger(type.value) ? integer : number;
  }
}

/** A member that every value of the type can be asked for, or null. Of a union, each alternative must know it. */
export function memberOf(type: Type, name: string): MemberType | null {
  const resolved = resolve(type);
  if (resolved === invalid) return { type: invalid, required: true };
  if (resolved.kind === "object") {
    const listed = resolved.members.get(name);
    if (listed !== undefined) return listed;
    return resolved.additional === null ? null : { type: resolved.additional, required: false };
  }
  if (resolved.kind !== "union") return null;
  const found = resolved.of.map((alternative) => memberOf(alternative, name));
  const members = found.filter((member) => member !== null);
  if (members.length < found.length) return null;
  return { type: union(members.map((member) => member.type)), required: members.every((member) => member.required) };
}

/** The type of the elements of a list, or null where the type is no list. */
export function elementOf(type: Type): Type | null {
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "array":
      return resolved.element;
    case "tuple":
      return union(resolved.rest === null ? resolved.elements : [...resolved.elements, resolved.rest]);
    case "union": {
      const elements = resolved.of.map(elementOf).filter((element) => element !== null);
      return elements.length < resolved.of.length ? null : union(elements);
    }
    default:
      return resolved === invalid ? invalid : null;
  }
}
