import type { Program } from "../ir/program.ts";
import type { Type } from "../ir/types.ts";
import { asFunction } from "./functions.ts";
import { layOutTypeAlias } from "./layout/assignment.ts";
import { type Doc, group, hardLine, ifBroken, indent, join, line, sequence } from "./layout/document.ts";
import { createLayout } from "./layout/statements.ts";
import type { Code, Statement, TypeCode, TypeMember } from "./layout/syntax.ts";
import { layOutComment, layOutInterfaceBody } from "./layout/types.ts";
import { createModuleNames, type ModuleNames } from "./module-names.ts";
import { createSymbolTable, type SymbolTable } from "./names.ts";
import { layOutPart } from "./parts/layout.ts";
import { simplify } from "./simplify.ts";
import { createStepPrinter } from "./steps.ts";
import { moduleTarget, type TargetName, type TargetPrinter } from "./target.ts";
import { createTemplateTable } from "./templates.ts";
import { temporalTarget } from "./temporal.ts";
import { commentLines, memberKey, methodKey } from "./text.ts";
import { createTypePrinter, type TypePrinter } from "./types.ts";

export interface Header {
  readonly compilerVersion: string;
  /** SHA-256 of the definition's bytes, in hexadecimal. */
  readonly sourceDigest: string;
}

export interface ModuleLayout {
  readonly doc: Doc;
  /** What the module imports from its runtime. */
  readonly runtime: ReadonlySet<string>;
}

/** Names that every module has, beside those of the runtime. */
const moduleNames = [
  "run",
  "input",
  "activities",
  "options",
  "parameters",
  "scope",
  "error",
  "Input",
  "Output",
  "Activities",
  "Parameters",
];

/** Of a name or a version in the first line. */
const maxTitleLength = 300;

/** Where the parameters of a run are, by target. */
const parameters: Readonly<Record<TargetName, Code>> = {
  module: { kind: "member", of: { kind: "name", name: "options" }, name: "parameters", optional: false },
  temporal: { kind: "name", name: "parameters" },
};

const targets: Readonly<Record<TargetName, typeof moduleTarget>> = { module: moduleTarget, temporal: temporalTarget };

/** Lays out the module of a program whose regions are sequences. */
export function layOutModule(
  program: Program,
  header: Header,
  targetName: TargetName,
  runtimeNames: ReadonlySet<string>,
  partLimit: number,
): ModuleLayout {
  const symbols = createSymbolTable([...moduleNames, ...runtimeNames]);
  const layout = layOutWith(program, header, targetName, symbols, partLimit);
  // Only now is it known what the module imports: names that it leaves out are free for the definition.
  const free = new Set([...symbols.refused].filter((name) => runtimeNames.has(name) && !layout.runtime.has(name)));
  if (free.size === 0) return layout;
  const taken = [...runtimeNames].filter((name) => !free.has(name));
  return layOutWith(program, header, targetName, createSymbolTable([...moduleNames, ...taken]), partLimit);
}

function layOutWith(
  program: Program,
  header: Header,
  targetName: TargetName,
  symbols: SymbolTable,
  partLimit: number,
): ModuleLayout {
  const names = createModuleNames(program, symbols, parameters[targetName]);
  const types = createTypePrinter(program, symbols);
  const templates = createTemplateTable(names, types);
  const target = targets[targetName](program, names, templates);
  const run = layOutRun(program, names, types, target, partLimit);
  const interfaces = [
    layOutNamed("Input", program.input, types, program.inputDescription),
    layOutNamed("Output", program.output, types, program.outputDescription),
    ...(program.parameters.length === 0 ? [] : [layOutParameters(program, types)]),
    layOutActivities(program, names, types, target),
  ];
  // Before the imports: what these print may need more of them.
  const components = templates.layOut();
  const declarations = layOutDeclarations(types);
  const parts = [
    sequence([
      layOutHeader(program, header),
      hardLine,
      layOutImports(names, target),
      ...layOutPassedOn(program, targetName),
    ]),
    ...interfaces,
    ...declarations,
    ...layOutStatements(target.declarations()),
    ...run,
    ...components,
  ];
  const doc = sequence([join(sequence([hardLine, hardLine]), parts), hardLine]);
  return { doc, runtime: new Set([...names.runtimeValues, ...names.runtimeTypes, ...passedOn(program, targetName)]) };
}

function layOutHeader(program: Program, { compilerVersion, sourceDigest }: Header): Doc {
  const title = [onLine(program.name), ...(program.version === "" ? [] : [`version ${onLine(program.version)}`])];
  const [origin = ""] = commentLines(`Compiled by Workflow Compiler ${compilerVersion} from a definition with SHA-256`);
  const [digest = ""] = commentLines(sourceDigest);
  return sequence([`// Workflow ${title.join(", ")}`, hardLine, `// ${origin}`, hardLine, `// ${digest}`, hardLine]);
}

function onLine(text: string): string {
  return commentLines(text.slice(0, maxTitleLength)).join(" ");
}

function layOutImports(names: ModuleNames, target: TargetPrinter): Doc {
  const imports = [...target.imports(), ["./runtime.js", runtimeSpecifiers(names)] as const];
  return join(
    hardLine,
    imports.map(([module, specifiers]) => layOutImport(module, specifiers)),
  );
}

function runtimeSpecifiers(names: ModuleNames): readonly string[] {
  return [...[...names.runtimeTypes].sort().map((name) => `type ${name}`), ...[...names.runtimeValues].sort()];
}

/** What the caller needs of the runtime beside `run`. */
function passedOn({ exports = [] }: Program, target: TargetName): readonly string[] {
  return target === "module" ? exports : [];
}

function layOutPassedOn(program: Program, target: TargetName): readonly Doc[] {
  const names = passedOn(program, target);
  return names.length === 0 ? [] : [hardLine, `export { ${names.join(", ")} } from "./runtime.js";`];
}

function layOutImport(module: string, specifiers: readonly string[]): Doc {
  const list = sequence([
    "{",
    indent(sequence([line, join(sequence([",", line]), specifiers)])),
    ifBroken(","),
    line,
    "}",
  ]);
  return sequence(["import ", group(list), ` from "${module}";`]);
}

function layOutNamed(name: string, type: Type, types: TypePrinter, description = ""): Doc {
  return sequence([layOutComment(commentLines(description)), layOutBare(name, type, types)]);
}

function layOutBare(name: string, type: Type, types: TypePrinter): Doc {
  const code = types.definition(type);
  if (code.kind === "shape" && type.kind === "object" && type.members.size > 0)
    return layOutInterface(name, code.members);
  if (code.kind === "shape" && code.members.length === 0) return layOutInterface(name, []);
  return layOutTypeAlias(`export type ${name}`, code);
}

function layOutInterface(name: string, members: readonly TypeMember[]): Doc {
  return sequence([`export interface ${name} `, layOutInterfaceBody(members)]);
}

function layOutParameters(program: Program, types: TypePrinter): Doc {
  const members = program.parameters.map(
    ({ name, type }): TypeMember => ({
      kind: "field",
      key: memberKey(name),
      optional: false,
      type: types.code(type),
      comment: [],
    }),
  );
  return layOutInterface("Parameters", members);
}

function layOutActivities(program: Program, names: ModuleNames, types: TypePrinter, target: TargetPrinter): Doc {
  const seen = new Map(program.activities.map((activity) => [activity.name, activity]));
  const declared = Array.from(seen.values(), ({ name, description, input, output, context }) => ({
    name,
    description,
    input: types.code(input),
    output: types.code(output),
    context,
  }));
  const added = target.addedActivities().map((activity) => ({ ...activity, context: undefined }));
  const members = [...declared, ...added].map(({ name, description, input, output, context }): TypeMember => {
    const told = (): TypeCode => ({
      kind: "reference",
      name: names.runtimeType(context ?? "ActivityContext"),
      args: [],
    });
    return {
      kind: "method",
      key: methodKey(name),
      parameters: [{ name: "input", type: input }, ...(target.hasContext ? [{ name: "context", type: told() }] : [])],
      result: { kind: "reference", name: "Promise", args: [output] },
      comment: commentLines(description),
    };
  });
  return layOutInterface("Activities", members);
}

/** Declared types are aliases, not interfaces: TypeScript takes those for types with an index signature, which it does not interfaces. */
function layOutDeclarations(types: TypePrinter): readonly Doc[] {
  const docs: Doc[] = [];
  // Printing one may need others.
  for (const [declaration, name] of types.declared) {
    const comment = layOutComment(commentLines(declaration.description ?? ""));
    docs.push(sequence([comment, layOutTypeAlias(`export type ${name}`, types.definition(declaration.type))]));
  }
  return docs;
}

/** The function `run`, and the functions that parts of it became. */
function layOutRun(
  program: Program,
  names: ModuleNames,
  types: TypePrinter,
  target: TargetPrinter,
  partLimit: number,
): readonly Doc[] {
  const body = simplify(program);
  const printer = createStepPrinter(program, body, names, types, target, partLimit);
  const { body: statements, usesScope } = printer.functionBody(body, { kind: "value", type: program.output });
  const { parameters, result } = target.run(asFunction(usesScope ? ["scope"] : [], statements));
  const returned: Statement = { kind: "return", value: result, origin: null };
  const signature =
    parameters.length === 1
      ? sequence(["export async function run(", ...parameters, "): Promise<Output> {"])
      : sequence([
          "export async function run(",
          indent(sequence([hardLine, join(sequence([",", hardLine]), parameters), ","])),
          hardLine,
          "): Promise<Output> {",
        ]);
  const comment = layOutComment(runComment(program));
  const run = sequence([comment, signature, indent(sequence([hardLine, createLayout()([returned])])), hardLine, "}"]);
  return [run, ...printer.parts.map(layOutPart)];
}

function layOutStatements(statements: readonly Statement[]): readonly Doc[] {
  return statements.map((statement) => createLayout()([statement]));
}

function runComment(program: Program): readonly string[] {
  const title = commentLines(program.title);
  const description = commentLines(program.description);
  return title.length > 0 && description.length > 0 ? [...title, "", ...description] : [...title, ...description];
}
