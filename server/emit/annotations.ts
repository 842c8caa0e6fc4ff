import type { Expression } from "../ir/expression.ts";
import { resolve, type Type } from "../ir/types.ts";
import type { TypeCode } from "./layout/syntax.ts";
import type { TypePrinter } from "./types.ts";

/**
 * The type that a `const` is declared with; null where TypeScript infers the same. It widens literals in objects, knows
 * nothing of the members that an object lacks, and takes the elements of an empty array for `never`.
 */
export function annotationOf(type: Type, from: Type | Expression | null, types: TypePrinter): TypeCode | null {
  if (from === null) return isPlain(type) ? null : types.code(type);
  const isInferred = "origin" in from ? infers(from, type, types, false) : types.same(from, type);
  return isInferred ? null : types.code(type);
}

/**
 * Whether TypeScript infers the type of a list's items where it goes over them: it takes one of several kinds of lists,
 * and gives the members that only some of the objects written in place have to all of them.
 */
export function infersItems(list: Expression, types: TypePrinter): boolean {
  switch (list.kind) {
    case "array": {
      const objects = list.items.filter(({ kind }) => kind === "object");
      return (
        objects.every(({ type }) => types.same(type, objects[0]?.type ?? type)) &&
        list.items.every((item) => item.kind === "literal" || infers(item, item.type, types, true))
      );
    }
    case "conditional":
      return infersItems(list.then, types) && infersItems(list.otherwise, types) && isOneList(list.type);
    default:
      return isOneList(list.type);
  }
}

/** Whether TypeScript infers the type of what a function makes: it widens the literals that it gives. */
export function infersMade(made: Expression, type: Type, types: TypePrinter): boolean {
  const { kind } = made;
  const isWritten = kind === "literal" || kind === "array" || kind === "object" || kind === "conditional";
  return !isWritten || infers(made, type, types, true);
}

function isOneList(type: Type): boolean {
  return resolve(type).kind !== "union";
}

/** Types that an object or array of such values is inferred to have. */
function isPlain(type: Type): boolean {
  switch (type.kind) {
    case "boolean":
    case "integer":
    case "number":
    case "string":
      return true;
    case "array":
      return isPlain(type.element);
    case "object":
      return (
        type.members.size > 0 && [...type.members.values()].every((member) => member.required && isPlain(member.type))
      );
    default:
      return false;
  }
}

function infers(expression: Expression, type: Type, types: TypePrinter, isWidened: boolean): boolean {
  const wanted = resolve(type);
  switch (expression.kind) {
    case "literal":
      return infersLiteral(expression.value, wanted, isWidened);
    case "array":
      return (
        wanted.kind === "array" &&
        expression.items.length > 0 &&
        expression.items.every((item) => infers(item, wanted.element, types, true))
      );
    case "object": {
      if (wanted.kind !== "object" || type.kind === "named" || wanted.members.size !== expression.members.length)
        return false;
      return expression.members.every(({ key, value }) => {
        const member = wanted.members.get(key);
        return member?.required === true && infers(value, member.type, types, true);
      });
    }
    case "template":
      return wanted.kind === "string";
    case "conditional":
      return (
        wanted.kind !== "literal" &&
        wanted.kind !== "union" &&
        infers(expression.then, type, types, isWidened) &&
        infers(expression.otherwise, type, types, isWidened)
      );
    default:
      return types.same(expression.type, type);
  }
}

/** A `const` has a literal's own type, which widens again where it is put into a list; a member of an object has widened. */
function infersLiteral(value: null | boolean | number | string, wanted: Type, isWidened: boolean): boolean {
  if (value === null) return wanted.kind === "null";
  if (!isWidened) return false;
  return wanted.kind === typeof value || (wanted.kind === "integer" && typeof value === "number");
}
