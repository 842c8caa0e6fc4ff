import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tests as data } from "@bufbuild/cel-spec/testdata/conformance.js";
import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { createEmitter } from "../../server/emit/emit.ts";
import { createRuntimeComposer } from "../../server/emit/runtime-module.ts";
import { compileCel } from "../../server/expressions/cel.ts";
import { durationType, timestampType } from "../../server/expressions/cel-kinds.ts";
import type { Environment } from "../../server/expressions/environment.ts";
import { valueType } from "../../server/expressions/value-type.ts";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Program } from "../../server/ir/program.ts";
import { string, type Type } from "../../server/ir/types.ts";
import { isExpected, isJson, type Json, jsonOf, listOf, NotJson, typeOf } from "./cel-conformance-values.ts";
import { treeOf } from "./cel-fixture.ts";

/** One test of the conformance data of CEL (google/cel-spec), as npm's @bufbuild/cel-spec has it. */
export interface ConformanceTest {
  /** `suite/section/name`; of tests of the same name in a section, the second has `#2` after it. */
  readonly id: string;
  readonly suite: string;
  readonly expression: string;
  /** Names with their types; without one a value of unknown type. */
  readonly names: ReadonlyMap<string, { readonly declared: unknown; readonly value: unknown }>;
  /** The value that is expected, or "error"; "checked": only that it compiles. */
  readonly expected: { readonly value: unknown } | "error" | "checked";
}

/** Whole suites and sections that are about what JSON does not have. */
export const leftOut: ReadonlyMap<string, string> = new Map([
  ["block_ext", "the form that optimisers of CEL give an expression; nobody writes it"],
  ["comparisons/eq_wrapper", "wrapper messages of protocol buffers"],
  ["dynamic", "wrapper and Any messages of protocol buffers"],
  ["encoders_ext", "base64 makes bytes, which JSON does not have"],
  ["enums", "enumerations of protocol buffers"],
  ["optionals", "optional values, which are not part of this language: members are tested by `has`"],
  ["parse/bytes_literals", "bytes, which JSON does not have"],
  ["proto2", "messages of protocol buffers"],
  ["proto2_ext", "extensions of protocol buffers"],
  ["proto3", "messages of protocol buffers"],
  ["string/bytes_concat", "bytes, which JSON does not have"],
  ["conversions/bytes", "bytes, which JSON does not have"],
  ["conversions/type", "types as values: `type(x)`"],
  ["parse/struct_field_names", "messages of protocol buffers"],
  ["wrappers", "wrapper messages of protocol buffers"],
  ["type_deductions/wrappers", "wrapper messages of protocol buffers"],
  ["type_deductions/legacy_nullable_types", "messages of protocol buffers"],
]);

/** Why a test is not tried; undefined: it is. */
export function leftOutReason({ id }: ConformanceTest): string | undefined {
  const [name = "", section = ""] = id.split("/");
  return leftOut.get(name) ?? leftOut.get(`${name}/${section}`);
}

export function conformanceTests(): readonly ConformanceTest[] {
  const counts = new Map<string, number>();
  return (data.suites ?? []).flatMap((part) =>
    (part.suites ?? []).flatMap((section) =>
      (section.tests ?? []).map(({ original }) => {
        const id = `${part.name}/${section.name}/${original.name ?? original.expr}`;
        const count = (counts.get(id) ?? 0) + 1;
        counts.set(id, count);
        return {
          id: count === 1 ? id : `${id}#${count}`,
          suite: part.name,
          expression: original.expr,
          names: namesOf(original),
          expected: expectedOf(original),
        };
      }),
    ),
  );
}

function namesOf({ typeEnv, bindings }: Json): ConformanceTest["names"] {
  const names = new Map<string, { declared: unknown; value: unknown }>();
  for (const [name, binding] of Object.entries(isJson(bindings) ? bindings : {}))
    names.set(name, { declared: undefined, value: isJson(binding) ? binding.value : undefined });
  for (const declaration of listOf({ typeEnv }, "typeEnv")) {
    if (!isJson(declaration) || typeof declaration.name !== "string" || !isJson(declaration.ident)) continue;
    names.set(declaration.name, { declared: declaration.ident.type, value: names.get(declaration.name)?.value });
  }
  return names;
}

function expectedOf({ value, evalError, typedResult, checkOnly }: Json): ConformanceTest["expected"] {
  if (evalError !== undefined) return "error";
  if (checkOnly === true) return "checked";
  // Without any, the test expects true.
  const result = isJson(typedResult) ? typedResult.result : undefined;
  return { value: value ?? result ?? { boolValue: true } };
}

/** What became of a test. */
export interface Outcome {
  readonly passed: boolean;
  /** What came out instead. */
  readonly found: string;
}

export interface Conformance {
  run(test: ConformanceTest): Promise<Outcome>;
  /** The modules of all expressions that compiled, by file name, and one runtime for all of them. */
  modules(): ReadonlyMap<string, string>;
}

/** Refused for what JSON does not have, so that the error that a test expects is not what was found. */
const UNABLE = /a bytes literal|messages such as|keys of JSON objects|the integer is beyond/;

type Runtime = Readonly<Record<string, unknown>>;

/** Compiles each expression as the output of a workflow, and runs the module that is emitted for it. */
export function createConformance(): Conformance {
  const emitter = createEmitter(runtimeSources());
  const runtimes = new Map<string, Runtime>();
  const modules = new Map<string, string>();

  const runtimeOf = (text: string): Runtime => {
    const kept = runtimes.get(text) ?? load(text, {});
    runtimes.set(text, kept);
    return kept;
  };

  return {
    modules() {
      const needed = new Set([...modules.values()].flatMap(importsOf));
      return new Map([...modules, ["runtime.ts", createRuntimeComposer(runtimeSources()).compose(needed)]]);
    },
    async run(test) {
      try {
        const { program, input } = programOf(test);
        const { text, runtime } = emitter.emit(program, { compilerVersion: "test", sourceDigest: "" });
        modules.set(`t${modules.size}.ts`, text);
        if (test.expected === "checked") return { passed: true, found: "" };
        const { run } = load(text, runtimeOf(runtime));
        if (typeof run !== "function") throw new Error("the module exports no run");
        return judge(test, await run(input, {}));
      } catch (error) {
        const isUnable = error instanceof NotJson || UNABLE.test(String(error));
        return { passed: test.expected === "error" && !isUnable, found: String(error) };
      }
    },
  };
}

function judge(test: ConformanceTest, found: unknown): Outcome {
  const passed = typeof test.expected === "object" && isExpected(found, jsonOf(test.expected.value));
  return { passed, found: JSON.stringify(found) ?? String(found) };
}

const nowhere: Origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };

/** A workflow that returns the expression, over an input with a member for each name. */
function programOf(test: ConformanceTest): { program: Program; input: Json } {
  const types = new Map([...test.names].map(([name, { declared }]) => [name, typeOf(declared)]));
  const members = new Map([...types].map(([name, type]) => [name, { type: storedType(type), required: true }]));
  const inputType: Type = { kind: "object", members, additional: null };
  const inputVariable: Variable = { name: "input", type: inputType, role: "input" };
  const expression = compileExpression(test.expression, types, inputVariable);
  const program: Program = {
    name: "conformance",
    version: "",
    title: "",
    description: "",
    input: inputType,
    output: valueType(expression),
    declarations: [],
    activities: [],
    parameters: [],
    inputVariable,
    parametersVariable: null,
    body: { kind: "sequence", steps: [{ kind: "finish", value: expression, origin: nowhere }] },
  };
  const input = Object.fromEntries(
    [...test.names].map(([name, { value }]) => [name, value === undefined ? null : jsonOf(value)]),
  );
  return { program, input };
}

function storedType(type: Type): Type {
  return type === timestampType || type === durationType ? string : type;
}

function compileExpression(text: string, types: ReadonlyMap<string, Type>, input: Variable): Expression {
  const { tree } = treeOf(text);
  if (tree.kind !== "string") throw new Error("an expression is a string");
  const findings = createFindings();
  const expression = compileCel(tree, 0, text.length, environmentOf(types, input, findings));
  if (expression !== null && !findings.failed) return expression;
  throw new Error(findings.list.map(({ code, params }) => `${code} ${JSON.stringify(params)}`).join("; "));
}

function environmentOf(
  types: ReadonlyMap<string, Type>,
  input: Variable,
  findings: Environment["findings"],
): Environment {
  const read = (name: string, origin: Origin): Expression | null => {
    const type = types.get(name);
    if (type === undefined) return null;
    const of: Expression = { kind: "variable", variable: input, type: input.type, origin };
    const value: Expression = { kind: "member", of, name, optional: false, type: storedType(type), origin };
    if (type !== timestampType && type !== durationType) return value;
    return {
      kind: "call",
      fn: type === timestampType ? "parseTimestamp" : "parseDuration",
      args: [value],
      type,
      origin,
    };
  };
  return {
    findings,
    node: "",
    names: types.keys(),
    resolve: read,
    resolveMember: (name, member, origin) => read(`${name}.${member}`, origin),
  };
}

function runtimeSources(): ReadonlyMap<string, string> {
  const folder = new URL("../../server/emit/runtime/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}

const IMPORT = /^import \{([^}]*)\} from "\.\/runtime\.js";$/m;

/** Names that a module imports from its runtime. */
function importsOf(text: string): readonly string[] {
  const names = IMPORT.exec(text)?.[1] ?? "";
  return names
    .split(",")
    .map((name) => name.replace("type ", "").trim())
    .filter((name) => name !== "");
}

/** What a module exports, run in this process. */
function load(text: string, runtime: Runtime): Runtime {
  const script = stripTypeScriptTypes(text.replace(IMPORT, ""));
  const exported = [...script.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map(([, name]) => name);
  const body = `${script.replace(/^export /gm, "")}\nreturn { ${exported.join(", ")} };`;
  return new Function(...Object.keys(runtime), body)(...Object.values(runtime));
}
