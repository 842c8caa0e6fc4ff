import { parseSync } from "oxc-parser";

/** A top-level declaration of a runtime source, with the comment before it. */
interface Declaration {
  readonly name: string;
  readonly text: string;
  /** Other declarations and imports that it names. */
  readonly needs: readonly string[];
}

/** Something that a source imports from a package. */
interface PackageImport {
  readonly name: string;
  readonly module: string;
  readonly isType: boolean;
}

/** Makes `runtime.ts` of the declarations that a module needs. */
export interface RuntimeComposer {
  /** All functions and types that there are. */
  readonly names: ReadonlySet<string>;
  /** The text of these declarations and of all that they need, the same for the same names. */
  compose(names: Iterable<string>): string;
}

const header = `// The functions that the workflow runs on, as Workflow Compiler ships them: just those that it needs.\n`;

/** Different modules need much the same: so many texts are kept. */
const maxKept = 200;

/**
 * Reads the runtime's sources, by file name. They hold nothing but declarations, whose names are unique over all of them:
 * anything else is our mistake, and throws. Declarations of `replacements` take the place of those of the same name.
 */
export function createRuntimeComposer(
  sources: ReadonlyMap<string, string>,
  replacements: ReadonlyMap<string, string> = new Map(),
): RuntimeComposer {
  const { declarations, imports } = readSources(sources);
  const replacing = readSources(replacements);
  for (const [name, declaration] of replacing.declarations) declarations.set(name, declaration);
  for (const [name, imported] of replacing.imports) imports.set(name, imported);
  const kept = new Map<string, string>();

  function importsOf(chosen: readonly Declaration[]): string {
    const needed = new Set(chosen.flatMap(({ needs }) => needs));
    const byModule = Map.groupBy(
      [...imports.values()].filter(({ name }) => needed.has(name)),
      ({ module }) => module,
    );
    return [...byModule]
      .map(([module, items]) => {
        const names = items.sort((left, right) => (left.name < right.name ? -1 : 1));
        return `import {\n${names.map(({ name, isType }) => `  ${isType ? "type " : ""}${name},\n`).join("")}} from "${module}";\n\n`;
      })
      .join("");
  }

  function closure(names: Iterable<string>): ReadonlySet<string> {
    const needed = new Set(names);
    for (const name of needed) {
      const declaration = declarations.get(name);
      if (declaration === undefined) throw new Error(`the runtime has no declaration ${name}`);
      for (const other of declaration.needs) if (declarations.has(other)) needed.add(other);
    }
    return needed;
  }

  return {
    names: new Set([...declarations.keys(), ...imports.keys()]),
    compose(names) {
      const needed = closure(names);
      const chosen = [...declarations.values()].filter(({ name }) => needed.has(name));
      const key = chosen.map(({ name }) => name).join();
      const text =
        kept.get(key) ??
        `${header}\n${importsOf(chosen)}${chosen.map((declaration) => declaration.text).join("\n\n")}\n`;
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, text);
      return text;
    },
  };
}

interface Sources {
  readonly declarations: Map<string, Declaration>;
  readonly imports: Map<string, PackageImport>;
}

function readSources(sources: ReadonlyMap<string, string>): Sources {
  const declarations = new Map<string, Declaration>();
  const imports = new Map<string, PackageImport>();
  for (const [file, text] of [...sources].sort(([left], [right]) => (left < right ? -1 : 1))) {
    for (const declaration of declarationsOf(file, text)) {
      if (declarations.has(declaration.name))
        throw new Error(`${file}: the runtime already has a declaration ${declaration.name}`);
      declarations.set(declaration.name, declaration);
    }
    for (const imported of packageImportsOf(file, text)) imports.set(imported.name, imported);
  }
  return { declarations, imports };
}

function packageImportsOf(file: string, text: string): readonly PackageImport[] {
  return parseSync(file, text, { lang: "ts" }).module.staticImports.flatMap(({ moduleRequest: { value }, entries }) =>
    value.startsWith(".")
      ? []
      : entries.map(({ localName, isType }) => ({ name: localName.value, module: value, isType })),
  );
}

/** The part of a syntax tree that is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
  );
}

function declarationsOf(file: string, text: string): readonly Declaration[] {
  const { program, comments, errors } = parseSync(file, text, { lang: "ts" });
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const found: Declaration[] = [];
  let before = 0;
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") {
      const from =
        comments.filter((comment) => comment.start >= before && comment.end <= statement.start)[0]?.start ??
        statement.start;
      const { names, locals } = identifiersOf(statement);
      const name = nameOf(file, statement);
      const needs = [...names].filter((other) => other !== name && !locals.has(other));
      found.push({ name, text: text.slice(from, statement.end), needs });
    }
    before = statement.end;
  }
  return found;
}

function nameOf(file: string, statement: Node): string {
  const declaration = "declaration" in statement && isNode(statement.declaration) ? statement.declaration : statement;
  if ("declarations" in declaration && Array.isArray(declaration.declarations)) {
    const [only, ...others] = declaration.declarations;
    if (others.length === 0 && isNode(only) && "id" in only) return identifierName(file, only.id);
  }
  if ("id" in declaration) return identifierName(file, declaration.id);
  throw new Error(`${file}: ${statement.type} is no declaration that a runtime source may have`);
}

function identifierName(file: string, id: unknown): string {
  if (isNode(id) && "name" in id && typeof id.name === "string") return id.name;
  throw new Error(`${file}: a declaration of the runtime has one plain name`);
}

/** Which identifiers a declaration refers to, and which of those it binds itself. */
function identifiersOf(root: Node): { readonly names: ReadonlySet<string>; readonly locals: ReadonlySet<string> } {
  const names = new Set<string>();
  const locals = new Set<string>();
  const visit = (value: unknown, key: string, parent: Node | null): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, key, parent);
    if (!isNode(value)) return;
    if (
      value.type === "Identifier" &&
      "name" in value &&
      typeof value.name === "string" &&
      !isMemberName(key, parent)
    ) {
      (isBinding(key, parent) ? locals : names).add(value.name);
    }
    for (const [inner, child] of Object.entries(value)) if (inner !== "parent") visit(child, inner, value);
  };
  visit(root, "", null);
  return { names, locals };
}

function isMemberName(key: string, parent: Node | null): boolean {
  if (parent === null || !("computed" in parent) || parent.computed === true) return false;
  if (key === "property") return parent.type === "MemberExpression";
  return key === "key" && !("shorthand" in parent && parent.shorthand === true);
}

function isBinding(key: string, parent: Node | null): boolean {
  if (key === "params" || key === "parameters" || key === "param") return true;
  if (parent === null) return false;
  return (
    (key === "id" && parent.type === "VariableDeclarator") || (key === "left" && parent.type === "AssignmentPattern")
  );
}
