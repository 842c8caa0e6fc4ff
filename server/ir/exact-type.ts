import type { MemberType, Type, TypeDeclaration } from "./types.ts";
import { escapeText, key, quote } from "./text.ts";

/** A longer type is written once, at the top of the program, and referred to by its number. */
const MAX_INLINE = 80;

/** Prints types whole: nothing is cut off, and equal types have equal text. */
export interface TypePrinter {
  type(type: Type): string;
  same(one: Type, other: Type): boolean;
  /** How a declared type is referred to; the same name for another declaration gets a number. */
  declaration(declaration: TypeDeclaration): string;
  /** `shape #1 = …`, for the long types printed until now, each after those in it. */
  readonly shapes: readonly string[];
  /** Declared types in the order in which they were first printed. */
  readonly declarations: ReadonlySet<TypeDeclaration>;
}

export function createTypePrinter(): TypePrinter {
  const shapes: string[] = [];
  const names = new Map<TypeDeclaration, string>();
  const declarations = new Set<TypeDeclaration>();
  const counts = new Map<string, number>();
  /** By identity, since a type may hold the same part over and over: written out, it would grow without bound. */
  const known = new Map<Type, string>();
  const references = new Map<string, string>();

  const type = (given: Type): string => {
    const before = known.get(given);
    if (before !== undefined) return before;
    const text = shorten(write(given));
    known.set(given, text);
    return text;
  };
