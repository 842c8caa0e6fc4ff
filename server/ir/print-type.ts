import { createNaming, key, printNumber, quote } from "./print-text.ts";
import type { MemberType, ObjectType, Type, TypeDeclaration } from "./types.ts";

/** A longer type is written once, at the top of the program, and referred to by its number. */
const MAX_INLINE = 100;

/** Prints types whole; `showType` is for messages, and cuts long ones off. Types of the same structure have the same text. */
export interface TypePrinter {
  type(type: Type): string;
  /** How a declared type is referred to. */
  declaration(declaration: TypeDeclaration): string;
  /** ` about "…"`, or nothing: an empty description is none. */
  about(description?: string): string;
  /** `shape #1 = …` for each long type printed until now, each behind those in it. */
  readonly shapes: readonly string[];
  /** The declared types printed until now, in the order in which they were met. */
  readonly declarations: ReadonlySet<TypeDeclaration>;
}

/** Words that a declared type cannot be called by as it is. */
export const typeWords: ReadonlySet<string> = new Set([
  "unknown",
  "never",
  "null",
  "boolean",
  "integer",
  "number",
  "string",
  "true",
  "false",
  "Infinity",
  "NaN",
]);

export function createTypePrinter(): TypePrinter {
  const shapes: string[] = [];
  const declarations = new Set<TypeDeclaration>();
  const nameOf = createNaming<TypeDeclaration>(({ name }) =>
    typeWords.has(name) || key(name) !== name ? `#${quote(name)}` : name,
  );
  /** By identity, since a type may hold the same part over and over: written out, such a one would have no bound. */
  const texts = new Map<Type, string>();
  const references = new Map<string, string>();

  const shorten = (text: string): string => {
    if (text.length <= MAX_INLINE) return text;
    const known = references.get(text);
    if (known !== undefined) return known;
    const reference = `#${shapes.length + 1}`;
    shapes.push(`shape ${reference} = ${text}`);
    references.set(text, reference);
    return reference;
  };
  const type = (given: Type): string => {
    const known = texts.get(given);
    if (known !== undefined) return known;
    const text = shorten(write(given));
    texts.set(given, text);
    return text;
  };
  const declaration = (given: TypeDeclaration): string => {
    declarations.add(given);
    return nameOf(given);
  };
  const about = (description = ""): string => (description === "" ? "" : ` about ${quote(description)}`);

  const write = (given: Type): string => {
    switch (given.kind) {
      case "string":
        return given.format === undefined ? "string" : `string(${quote(given.format)})`;
      case "literal":
        return printLiteral(given.value);
      case "array": {
        const element = type(given.element);
        return given.element.kind === "union" && !/^#\d+$/.test(element) ? `(${element})[]` : `${element}[]`;
      }
      case "tuple": {
        const rest = given.rest === null ? [] : [`...${type({ kind: "array", element: given.rest })}`];
        return `[${[...given.elements.map(type), ...rest].join(", ")}]`;
      }
      case "object":
        return writeObject(given);
      case "union":
        return given.of.map((one) => (one.kind === "union" ? `(${type(one)})` : type(one))).join(" | ");
      case "named":
        return declaration(given.declaration);
      default:
        return given.kind;
    }
  };
  const writeObject = ({ members, additional }: ObjectType): string => {
    const parts = [...members].map(([name, member]) => writeMember(name, member));
    if (additional !== null) parts.push(`[key: string]: ${type(additional)}`);
    return parts.length === 0 ? "{}" : `{ ${parts.join("; ")} }`;
  };
  const writeMember = (name: string, member: MemberType): string =>
    `${key(name)}${member.required ? "" : "?"}: ${type(member.type)}${about(member.description)}`;

  return { type, declaration, about, shapes, declarations };
}

export function printLiteral(value: null | boolean | number | string): string {
  if (typeof value === "string") return quote(value);
  return typeof value === "number" ? printNumber(value) : String(value);
}
