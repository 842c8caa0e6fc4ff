import type { Program } from "../ir/program.ts";
import { resolve, type Type, type TypeDeclaration } from "../ir/types.ts";
import type { TypeCode, TypeMember } from "./layout/syntax.ts";
import type { SymbolTable } from "./names.ts";
import { commentLines, memberKey, numberText, stringLiteral } from "./text.ts";

/** Prints types of the lattice. It remembers which declared types were printed, so that the module declares just those. */
export interface TypePrinter {
  code(type: Type): TypeCode;
  /** The type itself, where `code` would give the name that it has in the module. */
  definition(type: Type): TypeCode;
  /** Whether two types look the same in TypeScript. */
  same(left: Type, right: Type): boolean;
  /** What declared types are called; empty where none was printed. */
  readonly declared: ReadonlyMap<TypeDeclaration, string>;
}

export function createTypePrinter(program: Program, names: SymbolTable): TypePrinter {
  const kept = new Map<Type, TypeCode>();
  const texts = new Map<Type, string>();
  const declared = new Map<TypeDeclaration, string>();
  const named = new Map<Type, string>();
  if (program.output.kind === "object") named.set(program.output, "Output");
  if (program.input.kind === "object") named.set(program.input, "Input");

  function nameOf(declaration: TypeDeclaration): string {
    let name = declared.get(declaration);
    if (name === undefined) {
      name = names.type(declaration.name);
      declared.set(declaration, name);
    }
    return name;
  }

  function code(type: Type): TypeCode {
    const name = named.get(type);
    if (name !== undefined) return { kind: "reference", name, args: [] };
    let printed = kept.get(type);
    if (printed === undefined) {
      printed = definition(type);
      kept.set(type, printed);
    }
    return printed;
  }

  function definition(type: Type): TypeCode {
    switch (type.kind) {
      case "unknown":
      case "never":
      case "null":
      case "boolean":
      case "number":
      case "string":
        return { kind: "word", text: type.kind };
      case "integer":
        return { kind: "word", text: "number" };
      case "literal":
        return { kind: "literal", raw: literalText(type.value) };
      case "array":
        return listOf(code(type.element));
      case "tuple":
        return { kind: "tuple", elements: type.elements.map(code), rest: type.rest === null ? null : code(type.rest) };
      case "object":
        return { kind: "shape", members: membersOf(type) };
      case "union":
        return unionOf(type.of.map(code));
      case "named":
        return { kind: "reference", name: nameOf(type.declaration), args: [] };
      default:
        return type satisfies never;
    }
  }

  function membersOf(type: Type & { kind: "object" }): readonly TypeMember[] {
    if (type.members.size === 0)
      return type.additional === null ? [] : [{ kind: "index", type: code(type.additional) }];
    return Array.from(type.members, ([name, member]) => ({
      kind: "field",
      key: memberKey(name),
      optional: !member.required,
      type: code(member.type),
      comment: commentLines(member.description ?? ""),
    }));
  }

  function textOf(type: Type): string {
    let text = texts.get(type);
    if (text === undefined) {
      text = JSON.stringify(code(type));
      texts.set(type, text);
    }
    return text;
  }

  return { code, definition, declared, same: (left, right) => left === right || textOf(left) === textOf(right) };
}

function listOf(element: TypeCode): TypeCode {
  return element.kind === "shape" || element.kind === "union"
    ? { kind: "reference", name: "Array", args: [element] }
    : { kind: "list", element };
}

/** Members that print alike, such as integer and number, are one. */
function unionOf(types: readonly TypeCode[]): TypeCode {
  const distinct = new Map(types.map((type) => [JSON.stringify(type), type]));
  const [only] = distinct.values();
  return distinct.size === 1 && only !== undefined ? only : { kind: "union", of: [...distinct.values()] };
}

function literalText(value: string | number | boolean): string {
  if (typeof value === "string") return stringLiteral(value);
  if (typeof value === "boolean") return String(value);
  return value < 0 ? `-${numberText(-value)}` : numberText(value);
}

/** An interface has no implicit index signature: TypeScript does not take it for `{ [key: string]: T }`. */
export function isIndexed(type: Type): boolean {
  const resolved = resolve(type);
  return resolved.kind === "object" && resolved.members.size === 0 && resolved.additional !== null;
}
