import { readdirSync, readFileSync } from "node:fs";
import type { Artifact, Compilation, Format, Target } from "../../server/artifact.ts";
import { type Compiler, createCompiler } from "../../server/compile.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import { createEmitter } from "../../server/emit/emit.ts";
import { defaultLimits } from "../../server/source/parse.ts";
import { createChecker } from "../../server/typecheck/checker.ts";

/** A real compiler in this process, for tests that need its answers rather than the service. Close it after use. */
export interface TestCompiler extends Compiler {
  /** Compiles text; fails with the diagnostics where it does not compile. */
  artifactOf(text: string, format?: Format | null, target?: Target): Artifact;
  compileText(text: string, format?: Format | null, target?: Target): Compilation;
  close(): void;
}

export function runtimeSources(name = "runtime"): ReadonlyMap<string, string> {
  const folder = new URL(`../../server/emit/${name}/`, import.meta.url);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}

/** `partLimit`: of the statements of one function; default: as many as the service's. */
export function createTestCompiler(partLimit?: number): TestCompiler {
  const checker = createChecker();
  const compiler = createCompiler({
    version: "0.0.0-test",
    limits: defaultLimits,
    components: createCatalogue(new Map()),
    emitter: createEmitter(runtimeSources(), runtimeSources("runtime-temporal"), partLimit),
    checker,
  });
  const compileText = (text: string, format: Format | null = null, target: Target = "module") =>
    compiler.compile({ format, content: Buffer.from(text), name: "test" }, { target, allowInlineCode: false });
  return {
    ...compiler,
    compileText,
    artifactOf(text, format = null, target = "module") {
      const { artifact, diagnostics } = compileText(text, format, target);
      if (artifact !== null) return artifact;
      throw new Error(
        diagnostics.map((one) => `${one.location.line}:${one.location.column} ${one.code} ${one.message}`).join("\n"),
      );
    },
    close: () => checker.close(),
  };
}
