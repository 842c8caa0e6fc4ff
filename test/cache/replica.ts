import { createHash } from "node:crypto";
import { CompileResponse } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import type { Compilation, CompileOptions, CompilePool, SourceInput, Validation } from "../../server/artifact.ts";
import type { Answer } from "../../server/cache/answer.ts";
import { type CacheParts, type CompileCache, createCache } from "../../server/cache/cache.ts";
import type { CompilerIdentity } from "../../server/cache/key.ts";
import type { Diagnostic } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { defaultLimits } from "../../server/source/limits.ts";

export const identity: CompilerIdentity = {
  version: "1.0.0",
  build: "b",
  limits: defaultLimits,
  components: new Map([["a.yaml", "type: a"]]),
};

export const moduleOptions: CompileOptions = { target: "module", allowInlineCode: false };
export const plain = { noCache: false, profile: false };
export const never = new AbortController().signal;

export function sourceOf(text: string): SourceInput {
  return { format: null, content: Buffer.from(text), name: "test.yaml" };
}

/** A compiler whose artifact tells what it was made of, and which waits where it is told to. */
export interface TestPool extends Pick<CompilePool, "compile" | "validate"> {
  readonly compiled: readonly string[];
  readonly validated: readonly string[];
  /** How many compiles were given up. */
  readonly givenUp: number;
  /** How many compiles are under way. */
  readonly underWay: number;
  /** From now on compiles wait until `release` is called. */
  hold(): void;
  release(): void;
}

export function createTestPool(answer: (text: string) => Compilation = compilationOf): TestPool {
  const compiled: string[] = [];
  const validated: string[] = [];
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  let givenUp = 0;
  let underWay = 0;
  return {
    compiled,
    validated,
    get givenUp() {
      return givenUp;
    },
    get underWay() {
      return underWay;
    },
    hold() {
      gate = Promise.withResolvers();
    },
    release: () => gate.resolve(),
    async compile(source, _options, signal) {
      const text = textOf(source);
      compiled.push(text);
      underWay++;
      const { promise: left, reject } = Promise.withResolvers<never>();
      const leave = (): void => {
        givenUp++;
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      try {
        await Promise.race([gate.promise, left]);
        return answer(text);
      } finally {
        underWay--;
        signal?.removeEventListener("abort", leave);
      }
    },
    async validate(source) {
      validated.push(textOf(source));
      const { diagnostics, format, stages, artifact } = answer(textOf(source));
      return { valid: artifact !== null, diagnostics, format, stages } satisfies Validation;
    },
  };
}

function textOf({ content }: SourceInput): string {
  return Buffer.from(content).toString();
}

/** Of a text that begins with "invalid" a diagnostic, else an artifact. */
export function compilationOf(text: string): Compilation {
  const stages = [
    { name: "source", durationMs: 1 },
    { name: "emit", durationMs: 3 },
  ] as const;
  const shared = { format: "graph", workflowType: "order", stages } as const;
  if (text.startsWith("invalid")) return { ...shared, artifact: null, diagnostics: [diagnostic("WF_SOURCE_010")] };
  const artifact = {
    digest: createHash("sha256").update(text).digest("hex"),
    compilerVersion: "1.0.0",
    workflowName: text.slice(0, 20),
    entrypoint: "workflow.js",
    files: [{ path: "workflow.ts", content: text }],
    inputSchema: "{}",
    outputSchema: "{}",
    activities: [],
  };
  return { ...shared, artifact, diagnostics: [] };
}

export function diagnostic(code: "WF_SOURCE_010" | "WF_COMPILE_002" | "job limit"): Diagnostic {
  const findings = createFindings();
  const origin = { span: { start: 0, end: 0 }, pointer: "", node: "" };
  if (code === "WF_SOURCE_010") findings.report(code, origin, { seen: "nothing" });
  else if (code === "WF_COMPILE_002") findings.report(code, origin, { problem: "TS1: no" });
  else findings.report("WF_COMPILE_004", origin, { stage: "compile", limit: "10 ms" });
  const [made] = render(findings.list, "");
  if (made === undefined) throw new Error("there is no diagnostic");
  return made;
}

export function createReplica(pool: TestPool, more: Partial<CacheParts> = {}): CompileCache {
  return createCache({ pool, identity, memoryBytes: 16 * 1024 * 1024, shared: null, stored: null, ...more });
}

/** Sends the text as a caller does, and reads the answer. */
export async function compile(
  cache: CompileCache,
  text: string,
  use: Partial<typeof plain> = {},
  signal = never,
): Promise<Answer & { readonly response: CompileResponse }> {
  const answer = await cache.compile(sourceOf(text), moduleOptions, { ...plain, ...use }, signal);
  return { ...answer, response: CompileResponse.decode(answer.reply) };
}
