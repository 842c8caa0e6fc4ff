import { type AnyNode, type Node, type Program, parse } from "acorn";
import { parseSync } from "oxc-parser";
import type { Artifact } from "../../server/artifact.ts";

/** Names that a module uses, by what they are there. */
export interface Names {
  /** Bound in the module: imports, variables, parameters, functions, labels. */
  readonly bound: ReadonlySet<string>;
  /** Read or written, but not bound. */
  readonly free: ReadonlySet<string>;
  /** After a dot, or a key without quotes. */
  readonly properties: ReadonlySet<string>;
  /** Kinds of syntax. */
  readonly kinds: ReadonlySet<string>;
  readonly imports: ReadonlySet<string>;
  /** Kinds of the statements at the top. */
  readonly top: ReadonlySet<string>;
}

/** What acorn, which has no part in making it, finds in the JavaScript of a module. */
export function namesOf(artifact: Artifact): Names {
  return collect(parse(fileOf(artifact, "workflow.js"), { ecmaVersion: 2024, sourceType: "module" }));
}

function fileOf(artifact: Artifact, path: string): string {
  return artifact.files.find((file) => file.path === path)?.content ?? "";
}

type Role = "bound" | "free" | "property";

function collect(program: Program): Names {
  const roles = { bound: new Set<string>(), free: new Set<string>(), property: new Set<string>() };
  const kinds = new Set<string>();
  const imports = new Set<string>();
  const open: { readonly node: AnyNode; readonly role: Role }[] = program.body.map((node) => ({ node, role: "free" }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, role } = next;
    kinds.add(node.type);
    if (node.type === "Identifier") roles[role].add(node.name);
    if (node.type === "ImportDeclaration" || node.type === "ImportExpression") imports.add(sourceOf(node.source));
    for (const child of childrenOf(node)) open.push({ node: child.node, role: roleOf(node, child.key, role) });
  }
  for (const name of roles.bound) roles.free.delete(name);
  return {
    bound: roles.bound,
    free: roles.free,
    properties: roles.property,
    kinds,
    imports,
    top: new Set(program.body.map((node) => node.type)),
  };
}

function sourceOf(source: Node): string {
  return "value" in source ? String(source.value) : "computed";
}

function* childrenOf(node: AnyNode): Iterable<{ readonly key: string; readonly node: AnyNode }> {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield { key, node: child };
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** What an identifier is that stands at `key` of `parent`; `role` is what a pattern as a whole is. */
function roleOf(parent: AnyNode, key: string, role: Role): Role {
  switch (parent.type) {
    case "VariableDeclarator":
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "CatchClause":
      return key === "id" || key === "params" || key === "param" ? "bound" : "free";
    case "LabeledStatement":
      return key === "label" ? "bound" : "free";
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      return "bound";
    case "ObjectPattern":
    case "ArrayPattern":
    case "RestElement":
      return role;
    case "AssignmentPattern":
      return key === "left" ? role : "free";
    case "MemberExpression":
      return key === "property" && !parent.computed ? "property" : "free";
    case "Property":
      if (key === "key" && !parent.computed) return "property";
      return key === "value" ? role : "free";
    default:
      return "free";
  }
}

export interface TypeScriptText {
  /** Every identifier, those of types included. */
  readonly identifiers: ReadonlySet<string>;
  readonly comments: readonly string[];
}

/** The TypeScript of a module as another parser than the compiler's reads it. */
export function readTypeScript(artifact: Artifact): TypeScriptText {
  const { program, errors, comments } = parseSync("workflow.ts", fileOf(artifact, "workflow.ts"));
  if (errors.length > 0) throw new Error(`the module does not parse: ${errors[0]?.message}`);
  const identifiers = new Set<string>();
  const open: unknown[] = [program];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    if ("type" in next && "name" in next && typeof next.name === "string") identifiers.add(next.name);
    for (const value of Object.values(next)) if (typeof value === "object" && value !== null) open.push(value);
  }
  return { identifiers, comments: comments.map(({ value }) => value) };
}
