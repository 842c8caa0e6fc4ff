import fc from "fast-check";
import { stringify } from "yaml";
import type { Tree } from "../../server/source/tree.ts";
import { read } from "../source/reading.ts";
import { examples, hostileTexts } from "./definitions.ts";

/** A value whose objects may have a key twice, or `__proto__`. */
type Value = string | number | boolean | null | readonly Value[] | Members;
interface Members {
  readonly members: readonly (readonly [string, Value])[];
}

function plainValue(tree: Tree): Value {
  switch (tree.kind) {
    case "null":
      return null;
    case "array":
      return tree.items.map(plainValue);
    case "object":
      return { members: tree.members.map(({ key, value }) => [key, plainValue(value)]) };
    default:
      return tree.value;
  }
}

function isMembers(value: Value): value is Members {
  return typeof value === "object" && value !== null && "members" in value;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** JSON with lone surrogates as escapes. */
function toText(value: Value, indent = ""): string {
  const inner = `${indent} `;
  if (isList(value)) return `[${value.map((item) => `\n${inner}${toText(item, inner)}`).join(",")}\n${indent}]`;
  if (!isMembers(value)) return JSON.stringify(value);
  const members = value.members.map(([key, member]) => `\n${inner}${JSON.stringify(key)}: ${toText(member, inner)}`);
  return `{${members.join(",")}\n${indent}}`;
}

const trees: readonly Value[] = examples.map(({ text }) => {
  const { document } = read(text);
  if (document === null) throw new Error("an example does not parse");
  return plainValue(document.root);
});

/** The parts of a value, each by the steps that lead to it. */
function pathsOf(value: Value, path: readonly number[] = []): readonly (readonly number[])[] {
  const below = childrenOf(value).flatMap((child, index) => pathsOf(child, [...path, index]));
  return [path, ...below];
}

function childrenOf(value: Value): readonly Value[] {
  if (isList(value)) return value;
  return isMembers(value) ? value.members.map(([, member]) => member) : [];
}

function at(value: Value, path: readonly number[]): Value {
  return path.reduce<Value>((inner, index) => childrenOf(inner)[index] ?? null, value);
}

type Change = (parent: Value, index: number) => Value;

/** The value with the parent of what stands at `path` changed. */
function changeParent(value: Value, path: readonly number[], change: Change): Value {
  const [index, ...rest] = path;
  if (index === undefined) return value;
  if (rest.length === 0) return change(value, index);
  return withChild(value, index, (child) => changeParent(child, rest, change));
}

function withChild(value: Value, index: number, change: (child: Value) => Value): Value {
  if (isList(value)) return value.map((item, place) => (place === index ? change(item) : item));
  if (!isMembers(value)) return value;
  return { members: value.members.map(([key, member], place) => [key, place === index ? change(member) : member]) };
}

function splice(value: Value, index: number, count: number, ...added: readonly (readonly [string, Value])[]): Value {
  if (isList(value)) return value.toSpliced(index, count, ...added.map(([, item]) => item));
  return isMembers(value) ? { members: value.members.toSpliced(index, count, ...added) } : value;
}

function memberAt(value: Value, index: number): readonly [string, Value] {
  if (isMembers(value)) return value.members[index] ?? ["", null];
  return ["", childrenOf(value)[index] ?? null];
}

/** Puts a text in place of another wherever it stands as a whole: a name and all that refers to it. */
function renameEverywhere(value: Value, from: string, to: string): Value {
  if (typeof value === "string") return value === from ? to : value;
  if (isList(value)) return value.map((item) => renameEverywhere(item, from, to));
  if (!isMembers(value)) return value;
  return {
    members: value.members.map(([key, member]) => [key === from ? to : key, renameEverywhere(member, from, to)]),
  };
}

const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostileTexts) },
  fc.string({ unit: "binary", maxLength: 20 }),
);
const scalar = fc.oneof(hostile, fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300, 2 ** 53), fc.integer());
const junk: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.tuple(hostile, scalar), { maxLength: 3 }).map((members) => ({ members })),
);

type Kind = "drop" | "double" | "swap" | "rename" | "replace" | "insert" | "splice" | "everywhere";
interface Mutation {
  readonly kind: Kind;
  readonly place: number;
  readonly other: number;
  readonly text: string;
  readonly junk: Value;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom<Kind>(
    "drop",
    "double",
    "swap",
    "rename",
    "replace",
    "insert",
    "splice",
    "everywhere",
    "everywhere",
  ),
  place: fc.nat(),
  other: fc.nat(),
  text: hostile,
  junk,
});

function mutate(value: Value, { kind, place, other, text, junk: put }: Mutation): Value {
  const paths = pathsOf(value).slice(1);
  const path = paths[place % Math.max(paths.length, 1)];
  const second = paths[other % Math.max(paths.length, 1)];
  if (path === undefined || second === undefined) return value;
  const here = at(value, path);
  switch (kind) {
    case "drop":
      return changeParent(value, path, (parent, index) => splice(parent, index, 1));
    case "double":
      return changeParent(value, path, (parent, index) => splice(parent, index, 0, memberAt(parent, index)));
    case "swap": {
      const there = at(value, second);
      const once = changeParent(value, path, (parent, index) => withChild(parent, index, () => there));
      return changeParent(once, second, (parent, index) => withChild(parent, index, () => here));
    }
    case "rename":
      return changeParent(value, path, (parent, index) => splice(parent, index, 1, [text, here]));
    case "replace":
      return changeParent(value, path, (parent, index) => withChild(parent, index, () => put));
    case "insert":
      return changeParent(value, path, (parent, index) => splice(parent, index, 0, [text, put]));
    case "splice": {
      const from = typeof here === "string" ? here : "";
      const cut = other % (from.length + 1);
      return changeParent(value, path, (parent, index) =>
        withChild(parent, index, () => from.slice(0, cut) + text + from.slice(cut)),
      );
    }
    case "everywhere": {
      const from = typeof here === "string" ? here : keyAt(value, path);
      return renameEverywhere(value, from, text);
    }
    default:
      return kind satisfies never;
  }
}

function keyAt(value: Value, path: readonly number[]): string {
  return memberAt(at(value, path.slice(0, -1)), path.at(-1) ?? 0)[0];
}

type Syntax = "json" | "flow" | "block";

function write(value: Value, syntax: Syntax): string {
  const json = toText(value);
  // A comment makes YAML of it: the same text read by the other parser.
  if (syntax === "flow") return `# A mutant.\n${json}\n`;
  return syntax === "json" ? json : stringify(JSON.parse(json), { aliasDuplicateObjects: false });
}

/** Examples with parts dropped, doubled, swapped, renamed, replaced, and hostile text put in any place. */
export const mutatedTrees: fc.Arbitrary<string> = fc
  .record({
    tree: fc.constantFrom(...trees),
    changes: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    syntax: fc.constantFrom<Syntax>("json", "flow", "block"),
  })
  .map(({ tree, changes, syntax }) => write(changes.reduce(mutate, tree), syntax));

/** Examples with bytes replaced, cut out, doubled or put in. */
export const mutatedBytes: fc.Arbitrary<Uint8Array> = fc
  .record({
    example: fc.constantFrom(...examples),
    changes: fc.array(
      fc.record({
        place: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.oneof(fc.constantFrom(0, 1, 1_000_000), fc.nat(60)),
        put: fc.oneof(
          fc.constant(new Uint8Array()),
          fc.uint8Array({ maxLength: 4 }),
          fc.constantFrom(...hostileTexts).map((text) => new TextEncoder().encode(text)),
          fc
            .constantFrom(
              "- ",
              "? ",
              ": ",
              "&a ",
              "*a ",
              "<<: *a\n",
              "|\n",
              "!x ",
              "---\n",
              "\t",
              "}",
              "]",
              ",",
              "'",
              "#",
            )
            .map((text) => new TextEncoder().encode(text)),
        ),
        doubled: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ example, changes }) =>
    changes.reduce<Uint8Array>((bytes, { place, cut, put, doubled }) => {
      const start = Math.floor(place * bytes.length);
      const taken = bytes.subarray(start, start + cut);
      return Buffer.concat([
        bytes.subarray(0, start),
        ...(doubled ? [taken, taken] : []),
        put,
        bytes.subarray(start + cut),
      ]);
    }, new TextEncoder().encode(example.text)),
  );
