import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tests as suite } from "@bufbuild/cel-spec/testdata/conformance.js";
import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { createEmitter, type Emitter } from "../../server/emit/emit.ts";
import { compileCel } from "../../server/expressions/cel.ts";
import { parseTextAs } from "../../server/expressions/cel-conversions.ts";
import type { Environment } from "../../server/expressions/environment.ts";
import { valueType } from "../../server/expressions/value-type.ts";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Program } from "../../server/ir/program.ts";
import { boolean, integer, nullType, number, string, type Type, unknown } from "../../server/ir/types.ts";
import { treeOf } from "./cel-fixture.ts";
import { equalsExpected, type Expected, jsonOf, NotJson, readExpected } from "./cel-conformance-values.ts";

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
  return (suite.suites ?? []).flatMap((part) =>
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

interface Json {
  readonly [name: string]: unknown;
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function namesOf({ typeEnv, bindings }: Json): ConformanceTest["names"] {
  const names = new Map<string, { declared: unknown; value: unknown }>();
  for (const [name, binding] of Object.entries(isJson(bindings) ? bindings : {}))
    names.set(name, { declared: undefined, value: isJson(binding) ? binding.value : undefined });
  for (const declaration of Array.isArray(typeEnv) ? typeEnv : []) {
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

type Runtime = Readonly<Record<string, unknown>>;

/** Compiles each expression as the output of a workflow, and runs the module that is emitted for it. */
export function createConformance(): Conformance {
  const emitter = createEmitter(runtimeSources());
  const runtimes = new Map<string, Runtime>();
  const modules = new Map<string, string>();

  const runtimeOf = (text: string): Runtime => {
    const kept = runtimes.get(text) ?? load(text, "");
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
        return judge(test, await run(input, {}));
      } catch (error) {
        return { passed: test.expected === "error" && !(error instanceof NotJson), found: String(error) };
      }
    },
  };
}
