import type { Tree } from "../source/tree.ts";
import { findEndless } from "./schema-endless.ts";
import { typeDescription } from "./schema-texts.ts";
import { invalid, type NamedType, type Type, type TypeDeclaration, unknown } from "./types.ts";

/** Follows `$ref`: each target becomes a declared type, which may refer to itself. */
export interface References {
  /** The type of what a `$ref` names. */
  follow(ref: Tree): Type;
  /** Reads what a declared type stands for, if that is still to be done; false: it is being read right now. */
  complete(type: NamedType): boolean;
  /** Completes all, given the type of the schema itself, and gives that: a declared type, if the schema refers to itself. */
  finish(type: Type): Type;
  /** Reads a definition that nothing has referred to, for its faults only. */
  readUnused(tree: Tree): void;
}

export interface ReferenceContext {
  /** What to call the type of the schema itself. */
  readonly name: string;
  readonly root: Tree;
  declare(declaration: TypeDeclaration): void;
  fail(tree: Tree, problem: string): Type;
  read(tree: Tree): Type;
}

interface Target {
  readonly tree: Tree;
  readonly type: NamedType;
  state: "waiting" | "open" | "done";
  /** Whether it needs itself to be made out, which was reported. */
  isLoop: boolean;
}

/** Names that lead to each other without an object or list between them. */
const MAX_CHAIN = 100;
/** Alternatives of a union, all names in it written out. */
const MAX_ALTERNATIVES = 10_000;

export function createReferences(schema: Tree, context: ReferenceContext): References {
  const targets = new Map<Tree, Target>();
  const waiting: Target[] = [];
  const byDeclaration = new Map<TypeDeclaration, Target>();
  let isUnused = false;
  /** Said once: other definitions lead to the same. */
  let hasLoops = false;

  const targetOf = (tree: Tree, name: string): Target => {
    const present = targets.get(tree);
    if (present !== undefined) return present;
    const description = typeDescription(tree);
    const declaration: TypeDeclaration = {
      name,
      type: unknown,
      ...(description !== undefined && { description }),
    };
    const made: Target = {
      tree,
      type: { kind: "named", declaration },
      state: tree === schema ? "open" : "waiting",
      isLoop: false,
    };
    targets.set(tree, made);
    byDeclaration.set(declaration, made);
    waiting.push(made);
    if (!isUnused) context.declare(declaration);
    return made;
  };

  let anchors: ReadonlyMap<string, Tree> | null = null;
  const findAnchor = (reference: string): { tree: Tree; name: string } | null => {
    anchors ??= anchorsOf(context.root);
    const name = reference.slice(1);
    const tree = anchors.get(name);
    return tree === undefined ? null : { tree, name };
  };

  const read = (target: Target): void => {
    if (target.state !== "waiting") return;
    target.state = "open";
    complete(target, context.read(target.tree));
  };

  const complete = (target: Target, type: Type): void => {
    target.type.declaration.type = target.isLoop ? invalid : type;
    target.state = "done";
  };

  const drain = (): void => {
    for (let index = 0; index < waiting.length; index++) {
      const target = waiting[index];
      if (target !== undefined) read(target);
    }
    hasLoops = reportLoops(waiting, context, hasLoops);
    if (!hasLoops) reportEndless();
    waiting.length = 0;
  };

  const reportEndless = (): void => {
    const done = waiting.filter(({ state, type }) => state === "done" && type.declaration.type !== invalid);
    const endless = findEndless(done.map(({ type }) => type));
    const target = endless && byDeclaration.get(endless.declaration);
    if (!target) return;
    const { name } = target.type.declaration;
    context.fail(
      target.tree,
      `no value can satisfy \`${name}\`, for it requires another of its own kind without end; make a member optional or null`,
    );
  };

  return {
    follow(ref) {
      if (ref.kind !== "string") return context.fail(ref, "`$ref` is a string");
      if (!ref.value.startsWith("#"))
        return context.fail(
          ref,
          `\`${ref.value.slice(0, 100)}\` is outside of this document, and nothing is fetched; copy that schema to \`$defs\``,
        );
      const found = findTarget(context.root, ref.value) ?? findAnchor(ref.value);
      if (found === null) return context.fail(ref, `\`${ref.value}\` leads nowhere in this schema`);
      return targetOf(found.tree, found.name === "" ? context.name : found.name).type;
    },
    complete(type) {
      const target = byDeclaration.get(type.declaration);
      if (target === undefined) return true;
      if (target.state !== "open") read(target);
      else if (!target.isLoop) {
        target.isLoop = true;
        context.fail(target.tree, `\`${type.declaration.name}\` is made up of itself`);
      }
      return target.state === "done";
    },
    finish(type) {
      const own = targets.get(schema);
      if (own !== undefined) complete(own, type);
      drain();
      return own === undefined ? type : own.type;
    },
    readUnused(tree) {
      if (targets.has(tree)) return;
      isUnused = true;
      context.read(tree);
      drain();
    },
  };
}

/** The value at a JSON Pointer in the fragment of a URI (RFC 6901 §6), and its last name. */
function findTarget(root: Tree, reference: string): { tree: Tree; name: string } | null {
  const [first, ...tokens] = decodeFragment(reference.slice(1)).split("/");
  let tree: Tree = root;
  let name = "";
  if (first !== "") return null;
  for (const token of tokens) {
    name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    const next: Tree | undefined =
      tree.kind === "object"
        ? tree.byKey.get(name)?.value
        : tree.kind === "array" && /^\d{1,9}$/.test(name)
          ? tree.items[Number(name)]
          : undefined;
    if (next === undefined) return null;
    tree = next;
  }
  return { tree, name };
}

/** What `$anchor`s name. */
function anchorsOf(root: Tree): ReadonlyMap<string, Tree> {
  const found = new Map<string, Tree>();
  const open = [root];
  for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
    if (tree.kind === "array") open.push(...tree.items);
    if (tree.kind !== "object") continue;
    const anchor = tree.byKey.get("$anchor")?.value;
    if (anchor?.kind === "string" && !found.has(anchor.value)) found.set(anchor.value, tree);
    for (const { value } of tree.members) open.push(value);
  }
  return found;
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** Declared types that stand for nothing but each other, or for too much, become `invalid`; whether there are any. */
function reportLoops(targets: readonly Target[], { fail }: ReferenceContext, wasReported: boolean): boolean {
  const trees = new Map(targets.map(({ type, tree }) => [type.declaration, tree]));
  const counts = new Map<TypeDeclaration, number | "open">();
  let isReported = wasReported;

  const reject = (declaration: TypeDeclaration, problem: string): number => {
    const tree = trees.get(declaration);
    if (!isReported && tree !== undefined) fail(tree, problem);
    isReported = true;
    declaration.type = invalid;
    counts.set(declaration, 1);
    return 1;
  };

  const countNamed = (declaration: TypeDeclaration, depth: number): number => {
    const known = counts.get(declaration);
    if (known === "open") return reject(declaration, `\`${declaration.name}\` refers to nothing but itself`);
    if (known !== undefined) return known;
    if (depth > MAX_CHAIN)
      return reject(
        declaration,
        `more than ${MAX_CHAIN} references lead to each other without an object or list between them`,
      );
    counts.set(declaration, "open");
    const count = countAlternatives(declaration.type, depth);
    if (count > MAX_ALTERNATIVES) return reject(declaration, `it has more than ${MAX_ALTERNATIVES} alternatives`);
    counts.set(declaration, count);
    return count;
  };

  const countAlternatives = (type: Type, depth: number): number => {
    if (type.kind === "named") return countNamed(type.declaration, depth + 1);
    if (type.kind !== "union") return 1;
    return type.of.reduce((sum, alternative) => sum + countAlternatives(alternative, depth), 0);
  };

  for (const { type } of targets) countNamed(type.declaration, 0);
  return isReported;
}
