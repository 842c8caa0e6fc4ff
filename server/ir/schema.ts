import type { Findings } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { type ObjectTree, originOf, originOfKey, type Tree } from "../source/tree.ts";
import { createIntersect, MAX_COMBINATIONS } from "./intersect.ts";
import { discriminate, readDiscriminator } from "./schema-discriminator.ts";
import { ARRAY_KEYWORDS, IGNORED_KEYWORDS, KNOWN_KEYWORDS, OBJECT_KEYWORDS, TYPE_NAMES } from "./schema-keywords.ts";
import { createReferences, type References } from "./schema-references.ts";
import { memberDescription } from "./schema-texts.ts";
import {
  boolean,
  integer,
  invalid,
  type MemberType,
  never,
  nullType,
  number,
  string,
  type Type,
  type TypeDeclaration,
  union,
  unknown,
} from "./types.ts";

export interface SchemaContext {
  readonly findings: Findings;
  /** The id of the node around the schema, for findings. */
  readonly node: string;
  /** What to call the schema's own type, should it refer to itself. */
  readonly name: string;
  /** Takes each type that the schema gives a name to. Its `type` is complete once `typeOfSchema` has returned. */
  declare(declaration: TypeDeclaration): void;
  /** What `#` refers to; default the schema itself. */
  readonly root?: Tree;
}

/** What the parts of one schema share. */
export interface Reader {
  read(tree: Tree): Type;
  fail(tree: Tree, problem: string): Type;
  readonly context: SchemaContext;
  readonly references: References;
  readonly intersect: (a: Type, b: Type) => Type;
  /** Schemas under `$defs`, which are read even if nothing refers to them, for their faults. */
  readonly definitions: Set<Tree>;
  /** Whether types could not be combined in full; reset once that was reported. */
  isLimited: boolean;
  /** Looks for misspelt keywords so often at most. */
  guesses: number;
}

const MAX_GUESSES = 200;
/** A document is at most 200 levels deep, but `allOf` reads the types that it names within its own reading. */
const MAX_DEPTH = 500;

/**
 * The type of the values that a JSON Schema (draft 2020-12) allows. Keywords that only validate, such as `minimum`, do not
 * change it. An object schema that lists properties and says nothing of others has just those: the usual intent, and what
 * lets misspelt members be found. Reports WF_SCHEMA_002 for what is no schema; its type is then `invalid`.
 */
export function typeOfSchema(tree: Tree, context: SchemaContext): Type {
  const fail = (at: Tree, problem: string): Type => {
    context.findings.report("WF_SCHEMA_002", originOf(at, context.node), { problem });
    return invalid;
  };
  let depth = 0;
  const references = createReferences(tree, {
    ...context,
    root: context.root ?? tree,
    fail,
    read: (at) => reader.read(at),
  });
  let isTooDeep = false;
  /** Said once: what is beneath can be reached in many ways. */
  const refuse = (at: Tree): Type => {
    isTooDeep = true;
    return fail(at, `the types that are combined here are nested more than ${MAX_DEPTH} levels deep`);
  };
  const reader: Reader = {
    read(at) {
      if (depth > MAX_DEPTH) return isTooDeep ? invalid : refuse(at);
      depth++;
      const type = readSchema(at, reader);
      depth--;
      return type;
    },
    fail,
    context,
    references,
    intersect: createIntersect(
      (type) => references.complete(type),
      () => (reader.isLimited = true),
    ),
    isLimited: false,
    definitions: new Set(),
    guesses: 0,
  };
  const type = references.finish(reader.read(tree));
  // Reading one may add more: a set's iteration goes on to those.
  for (const definition of reader.definitions) references.readUnused(definition);
  return type;
}

/** How a message calls what stands where something else must. */
function describe(tree: Tree): string {
  switch (tree.kind) {
    case "null":
      return "null";
    case "array":
    case "object":
      return `an ${tree.kind}`;
    default:
      return `a ${tree.kind}`;
  }
}

function readSchema(tree: Tree, reader: Reader): Type {
  if (tree.kind === "boolean") return tree.value ? unknown : never;
  if (tree.kind !== "object") return reader.fail(tree, `a schema is an object, true or false, not ${describe(tree)}`);
  checkKeywords(tree, reader);
  const types = constraints(tree, reader);
  const type = combine(types, reader.intersect);
  if (reader.isLimited) reportLimit(tree, reader);
  const isEmpty = type === never && !types.includes(never);
  if (isEmpty) return reader.fail(tree, "no value can satisfy all of its keywords at once");
  const nullable = tree.byKey.get("nullable")?.value;
  return nullable?.kind === "boolean" && nullable.value ? union([type, nullType]) : type;
}

/** Two by two, and then those two by two: one after the other would copy the first ones' members again and again. */
function combine(types: readonly Type[], intersect: (a: Type, b: Type) => Type): Type {
  let level = types;
  while (level.length > 1) {
    const next: Type[] = [];
    for (let index = 0; index < level.length; index += 2)
      next.push(intersect(level[index] ?? unknown, level[index + 1] ?? unknown));
    level = next;
  }
  return level[0] ?? unknown;
}

function reportLimit(tree: ObjectTree, reader: Reader): void {
  reader.isLimited = false;
  const member = tree.byKey.get("allOf") ?? tree.byKey.get("$ref") ?? tree.members[0];
  if (member === undefined) return;
  const effect = `its parts make more than ${MAX_COMBINATIONS.toLocaleString("en")} combinations, so that some are left out and the type is wider than the schema`;
  reader.context.findings.report("WF_SCHEMA_003", originOfKey(member, reader.context.node), {
    keyword: member.key,
    effect,
  });
}

/** What each keyword demands; a value must have all of these types. */
function constraints(tree: ObjectTree, reader: Reader): Type[] {
  const types: Type[] = [];
  const add = (keyword: string, read: (value: Tree) => Type): void => {
    const member = tree.byKey.get(keyword);
    if (member !== undefined) types.push(read(member.value));
  };
  add("$ref", (value) => reader.references.follow(value));
  if (tree.byKey.has("type")) add("type", (value) => readType(value, tree, reader));
  else types.push(...impliedShapes(tree, reader));
  add("const", typeOfValue);
  add("enum", (value) => readEnum(value, reader));
  const discriminator = readDiscriminator(tree);
  for (const keyword of ["anyOf", "oneOf"])
    add(keyword, (value) =>
      union(
        readList(value, keyword, reader).map((type, index) => discriminate(type, value, index, discriminator, reader)),
      ),
    );
  const all = tree.byKey.get("allOf")?.value;
  return all === undefined ? types : [...types, ...readList(all, "allOf", reader)];
}

function checkKeywords(tree: ObjectTree, reader: Reader): void {
  const { findings, node } = reader.context;
  for (const member of tree.members) {
    const ignored = IGNORED_KEYWORDS.get(member.key);
    if (ignored !== undefined)
      findings.report("WF_SCHEMA_003", originOfKey(member, node), { keyword: member.key, effect: ignored });
    if (member.key === "$defs" || member.key === "definitions") collectDefinitions(member.value, reader);
    if (member.key === "required") checkRequired(member.value, reader);
    if (KNOWN_KEYWORDS.has(member.key) || member.key.startsWith("x-") || ++reader.guesses > MAX_GUESSES) continue;
    const near = member.key.length < 4 ? "" : nearest(member.key, KNOWN_KEYWORDS);
    if (near === "") continue;
    findings.report("WF_SCHEMA_003", originOfKey(member, node), {
      keyword: member.key,
      effect: `it is no keyword of JSON Schema; \`${near}\` is`,
    });
  }
}

function collectDefinitions(tree: Tree, reader: Reader): void {
  if (tree.kind === "object") for (const member of tree.members) reader.definitions.add(member.value);
  else reader.fail(tree, `\`$defs\` is an object of schemas, not ${describe(tree)}`);
}

function readList(tree: Tree, keyword: string, reader: Reader): Type[] {
  if (tree.kind === "array" && tree.items.length > 0) return tree.items.map((item) => reader.read(item));
  return [reader.fail(tree, `\`${keyword}\` is a list of at least one schema`)];
}

function readEnum(tree: Tree, reader: Reader): Type {
  if (tree.kind === "array" && tree.items.length > 0) return union(tree.items.map(typeOfValue));
  return reader.fail(tree, "`enum` is a list of at least one value");
}

/** The type of just this value. */
function typeOfValue(tree: Tree): Type {
  switch (tree.kind) {
    case "null":
      return nullType;
    case "array":
      return { kind: "tuple", elements: tree.items.map(typeOfValue), rest: null };
    case "object": {
      const members = tree.members.map(
        ({ key, value }) => [key, { type: typeOfValue(value), required: true }] as const,
      );
      return { kind: "object", members: new Map(members), additional: null };
    }
    case "boolean":
    case "number":
    case "string":
      return { kind: "literal", value: tree.value };
    default:
      return tree satisfies never;
  }
}

function readType(tree: Tree, schema: ObjectTree, reader: Reader): Type {
  if (tree.kind !== "array") return readTypeName(tree, schema, reader);
  if (tree.items.length === 0) return reader.fail(tree, "`type` is a list of at least one type");
  return union(tree.items.map((item) => readTypeName(item, schema, reader)));
}

function readTypeName(tree: Tree, schema: ObjectTree, reader: Reader): Type {
  if (tree.kind !== "string")
    return reader.fail(tree, `\`type\` is a string or a list of strings, not ${describe(tree)}`);
  switch (tree.value) {
    case "null":
      return nullType;
    case "boolean":
      return boolean;
    case "integer":
      return integer;
    case "number":
      return number;
    case "string":
      return readText(schema);
    case "array":
      return readArray(schema, reader);
    case "object":
      return readObject(schema, reader);
    default: {
      const near = nearest(tree.value, TYPE_NAMES);
      return reader.fail(
        tree,
        `there is no type \`${tree.value}\`${near === "" ? `; there are ${TYPE_NAMES.join(", ")}` : `; did you mean \`${near}\`?`}`,
      );
    }
  }
}

/** `properties` without a `type` is meant for objects, `items` for arrays. */
function impliedShapes(schema: ObjectTree, reader: Reader): Type[] {
  const shapes: Type[] = [];
  if (OBJECT_KEYWORDS.some((keyword) => schema.byKey.has(keyword))) shapes.push(readObject(schema, reader));
  if (ARRAY_KEYWORDS.some((keyword) => schema.byKey.has(keyword))) shapes.push(readArray(schema, reader));
  return shapes.length === 0 ? [] : [union(shapes)];
}

function readText(schema: ObjectTree): Type {
  const format = schema.byKey.get("format")?.value;
  return format?.kind === "string" ? { kind: "string", format: format.value } : string;
}

/** `prefixItems` makes a tuple. It is taken to have all of them, as nearly all that is written so does. */
function readArray(schema: ObjectTree, reader: Reader): Type {
  const items = schema.byKey.get("items")?.value;
  const prefix = schema.byKey.get("prefixItems")?.value;
  if (items?.kind === "array")
    return reader.fail(items, "`items` is one schema; a list of schemas is `prefixItems` since draft 2020-12");
  const rest = items === undefined ? unknown : reader.read(items);
  if (prefix === undefined) return { kind: "array", element: rest };
  return {
    kind: "tuple",
    elements: readList(prefix, "prefixItems", reader),
    rest: rest.kind === "never" ? null : rest,
  };
}

function readObject(schema: ObjectTree, reader: Reader): Type {
  const required = namesOfRequired(schema);
  const members = new Map<string, MemberType>();
  const properties = schema.byKey.get("properties")?.value;
  if (properties !== undefined && properties.kind !== "object")
    return reader.fail(properties, `\`properties\` is an object of schemas, not ${describe(properties)}`);
  for (const { key, value } of properties?.members ?? []) {
    const description = memberDescription(value);
    members.set(key, {
      type: reader.read(value),
      required: required.has(key),
      ...(description !== undefined && { description }),
    });
  }
  const additional = readAdditional(schema, members.size + required.size > 0, reader);
  for (const name of required)
    if (!members.has(name)) members.set(name, { type: additional ?? unknown, required: true });
  return { kind: "object", members, additional };
}

function checkRequired(tree: Tree, reader: Reader): void {
  if (tree.kind !== "array")
    reader.fail(tree, `\`required\` is a list of names beside \`properties\`, not ${describe(tree)}`);
  else
    for (const item of tree.items)
      if (item.kind !== "string") reader.fail(item, `\`required\` lists names, not ${describe(item)}`);
}

function namesOfRequired(schema: ObjectTree): ReadonlySet<string> {
  const tree = schema.byKey.get("required")?.value;
  return new Set(
    tree?.kind === "array" ? tree.items.flatMap((item) => (item.kind === "string" ? [item.value] : [])) : [],
  );
}

/** The type of members that are not listed; null: there are none. `pattern`s of names are not looked at. */
function readAdditional(schema: ObjectTree, hasMembers: boolean, reader: Reader): Type | null {
  const additional = schema.byKey.get("additionalProperties")?.value;
  const patterns = schema.byKey.get("patternProperties")?.value;
  if (patterns !== undefined && patterns.kind !== "object")
    return reader.fail(patterns, `\`patternProperties\` is an object of schemas, not ${describe(patterns)}`);
  const types = (patterns?.members ?? []).map(({ value }) => reader.read(value));
  if (additional !== undefined) types.push(reader.read(additional));
  else if (types.length === 0 && !hasMembers) return unknown;
  const type = union(types);
  return type.kind === "never" ? null : type;
}
