import type { Origin, Span } from "../diagnostics/diagnostic.ts";

/**
 * A definition as values with exact positions, whatever it was written in: JSON and YAML give the same tree.
 * Keys are kept in members, never as properties of an object, so that `__proto__` or `constructor` mean nothing here.
 */
export type Tree = StringTree | NumberTree | BooleanTree | NullTree | ArrayTree | ObjectTree;

interface Placed {
  readonly span: Span;
  /** JSON Pointer of this value; "" is the root. */
  readonly pointer: string;
}

export interface StringTree extends Placed {
  readonly kind: "string";
  readonly value: string;
  /**
   * UTF-16 offset in the text of each character of `value`, and last the offset where the content ends; null where the
   * text stands as it is from `contentStart` on. Empty where the characters have no place of their own: a value that
   * stands here through a YAML alias.
   */
  readonly offsets: readonly number[] | null;
  readonly contentStart: number;
}

export interface NumberTree extends Placed {
  readonly kind: "number";
  readonly value: number;
  /** As it was written: `1.0`, `1e3`. */
  readonly raw: string;
}

export interface BooleanTree extends Placed {
  readonly kind: "boolean";
  readonly value: boolean;
}

export interface NullTree extends Placed {
  readonly kind: "null";
}

export interface ArrayTree extends Placed {
  readonly kind: "array";
  readonly items: readonly Tree[];
}

export interface ObjectTree extends Placed {
  readonly kind: "object";
  readonly members: readonly Member[];
  /** The members by key. Duplicate keys are an error of the source stage, so that each key has one value here. */
  readonly byKey: ReadonlyMap<string, Member>;
}

export interface Member {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Tree;
}

/** A parsed document. */
export interface Document {
  /** The text without a byte-order mark; all spans count in it. */
  readonly text: string;
  readonly syntax: "json" | "yaml";
  readonly root: Tree;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The value of `key` in `tree`, or undefined where `tree` is no object or has no such key. */
export function get(tree: Tree, key: string): Tree | undefined {
  return tree.kind === "object" ? tree.byKey.get(key)?.value : undefined;
}

/** The place of a value, for findings and for the IR. `node` is the id of the node, state or task around it. */
export function originOf(tree: Tree, node = ""): Origin {
  return { span: tree.span, pointer: tree.pointer, node };
}

/** The place of a member's key: for unknown, misspelt and duplicate fields. */
export function originOfKey(member: Member, node = ""): Origin {
  return { span: member.keySpan, pointer: member.value.pointer, node };
}

/** The place of the characters `start` to `end` inside a string value: for expressions. */
export function originInside(tree: StringTree, start: number, end: number, node = ""): Origin {
  if (tree.offsets?.length === 0) return originOf(tree, node);
  const at = (index: number): number =>
    tree.offsets === null ? tree.contentStart + index : (tree.offsets[index] ?? tree.span.end);
  return { span: { start: at(start), end: Math.max(at(end), at(start)) }, pointer: tree.pointer, node };
}

/** One token of a JSON Pointer, escaped (RFC 6901 §3). */
export function pointerToken(key: string | number): string {
  return String(key).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The tree as plain JSON. Objects have no prototype, so that no key can reach one. */
export function toJson(tree: Tree): Json {
  switch (tree.kind) {
    case "null":
      return null;
    case "array":
      return tree.items.map(toJson);
    case "object": {
      const object: Record<string, Json> = Object.create(null);
      for (const member of tree.members) object[member.key] = toJson(member.value);
      return object;
    }
    case "string":
    case "number":
    case "boolean":
      return tree.value;
    default:
      return tree satisfies never;
  }
}
