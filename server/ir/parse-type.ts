import type { Cursor } from "./parse-tokens.ts";
import { typeWords } from "./print-type.ts";
import type { MemberType, Type, TypeDeclaration } from "./types.ts";
import { boolean, integer, never, nullType, number, string, unknown } from "./types.ts";

export interface TypeParser {
  type(): Type;
  /** `shape #1 = type`. */
  shape(): void;
  /** `type name [about "…"] = type`. */
  declared(): TypeDeclaration;
  /** ` about "…"`, or nothing. */
  about(): string | undefined;
  /** Fails where a type was referred to and never declared. */
  finish(): void;
}

const words: ReadonlyMap<string, Type> = new Map<string, Type>([
  ["unknown", unknown],
  ["never", never],
  ["null", nullType],
  ["boolean", boolean],
  ["integer", integer],
  ["number", number],
  ["true", { kind: "literal", value: true }],
  ["false", { kind: "literal", value: false }],
]);

export function createTypeParser(cursor: Cursor): TypeParser {
  const shapes = new Map<number, Type>();
  const declarations = new Map<
    string,
    { writable: TypeDeclaration & { description?: string }; isDeclared: boolean; at: typeof cursor.next }
  >();

  const type = (): Type => {
    const of = [alternative()];
    while (cursor.accept("|")) of.push(alternative());
    const [first] = of;
    return first !== undefined && of.length === 1 ? first : { kind: "union", of };
  };
  const alternative = (): Type => {
    let found = single();
    while (cursor.accept("[")) {
      cursor.expect("]");
      found = { kind: "array", element: found };
    }
    return found;
  };
  const single = (): Type => {
    const { kind, text } = cursor.next;
    if (kind === "string") return { kind: "literal", value: cursor.string() };
    if (kind === "number" || text === "Infinity" || text === "NaN") return { kind: "literal", value: cursor.number() };
    if (kind === "word" && typeWords.has(text)) return word();
    if (cursor.accept("(")) {
      const inner = type();
      cursor.expect(")");
      return inner;
    }
    if (cursor.accept("[")) return tuple();
    if (cursor.accept("{")) return object();
    if (kind === "mark" && text === "#") return numbered();
    if (kind === "word") return { kind: "named", declaration: named().writable };
    return cursor.fail(`expected a type, found ${text}`);
  };
  const word = (): Type => {
    const { text } = cursor.take();
    if (text !== "string") return words.get(text) ?? unknown;
    if (!cursor.accept("(")) return string;
    const format = cursor.string();
    cursor.expect(")");
    return { kind: "string", format };
  };
  const tuple = (): Type => {
    let rest: Type | null = null;
    const elements = cursor.list("]", (): Type[] => {
      if (!cursor.accept("...")) return [type()];
      const list = type();
      if (list.kind !== "array") return cursor.fail("expected a list after ...");
      rest = list.element;
      return [];
    });
    return { kind: "tuple", elements: elements.flat(), rest };
  };
  const object = (): Type => {
    const members = new Map<string, MemberType>();
    let additional: Type | null = null;
    while (!cursor.accept("}")) {
      if (cursor.accept("[")) {
        for (const part of ["key", ":", "string", "]", ":"]) cursor.expect(part);
        additional = type();
      } else {
        members.set(...member());
      }
      if (!cursor.isNext("}")) cursor.expect(";");
    }
    return { kind: "object", members, additional };
  };
  const member = (): [string, MemberType] => {
    const name = cursor.key();
    const required = !cursor.accept("?");
    cursor.expect(":");
    const of = type();
    const description = about();
    return [name, { type: of, required, ...(description !== undefined && { description }) }];
  };
  const about = (): string | undefined => (cursor.accept("about") ? cursor.string() : undefined);

  /** `#1` is a shape, `#"a name"` a declared type. */
  const numbered = (): Type => {
    const at = cursor.take();
    if (cursor.next.kind === "string") return { kind: "named", declaration: named().writable };
    const index = cursor.number();
    return shapes.get(index) ?? cursor.fail(`there is no shape #${index} above`, at);
  };
  const named = () => {
    const at = cursor.next;
    const name = cursor.key();
    const id = `${cursor.count()} ${name}`;
    const found = declarations.get(id) ?? { writable: { name, type: unknown }, isDeclared: false, at };
    declarations.set(id, found);
    return found;
  };

  return {
    type,
    about,
    shape() {
      cursor.expect("#");
      const at = cursor.next;
      const index = cursor.number();
      if (shapes.has(index)) cursor.fail(`shape #${index} is there already`, at);
      cursor.expect("=");
      shapes.set(index, type());
    },
    declared() {
      cursor.accept("#");
      const at = cursor.next;
      const found = named();
      if (found.isDeclared) cursor.fail(`type ${found.writable.name} is declared already`, at);
      found.isDeclared = true;
      const description = about();
      if (description !== undefined) found.writable.description = description;
      cursor.expect("=");
      found.writable.type = type();
      return found.writable;
    },
    finish() {
      for (const { isDeclared, writable, at } of declarations.values())
        if (!isDeclared) cursor.fail(`type ${writable.name} is not declared`, at);
    },
  };
}
