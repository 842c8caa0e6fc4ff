import type { Compilation, CompilePool, StageTime, Validation } from "../artifact.ts";
import type { Metrics } from "./metrics.ts";
import type { Tracing } from "./tracing.ts";

export interface ObservedPool extends CompilePool {
  /** Compiles and validations under way, waiting ones included. */
  active(): number;
}

interface Run {
  readonly stages: readonly StageTime[];
  readonly diagnostics: readonly { readonly severity: string; readonly code: string }[];
}

/** Counts and traces what a pool does. It stands behind the cache, so that it sees runs of the compiler only. */
export function observePool(pool: CompilePool, metrics: Metrics, tracing: Tracing): ObservedPool {
  let active = 0;

  async function observe<R extends Run>(
    work: () => Promise<R>,
    signal: AbortSignal | undefined,
    tell: (answer: R | null, status: "error" | "cancelled", rest: Observation) => void,
  ): Promise<R> {
    const traceId = tracing.traceId();
    const startedAt = Date.now();
    const start = performance.now();
    let answer: R | null = null;
    active++;
    try {
      answer = await work();
      tracing.stages(answer.stages, startedAt);
      return answer;
    } finally {
      active--;
      const codes = answer?.diagnostics.flatMap(({ severity, code }) => (severity === "error" ? [code] : [])) ?? [];
      tell(answer, signal?.aborted ? "cancelled" : "error", {
        durationMs: performance.now() - start,
        stages: answer?.stages ?? [],
        errorCodes: codes,
        traceId,
      });
    }
  }

  return {
    ...pool,
    active: () => active,
    validate: (source, signal, options) =>
      observe<Validation>(
        () => pool.validate(source, signal, options),
        signal,
        (answer, lost, rest) => metrics.validated({ ...rest, status: answer ? validity(answer.valid) : lost }),
      ),
    compile: (source, options, signal) =>
      observe<Compilation>(
        () => pool.compile(source, options, signal),
        signal,
        (answer, lost, rest) =>
          metrics.compiled({
            ...rest,
            workflowType: answer?.workflowType ?? "",
            status: answer ? (answer.artifact === null ? "invalid" : "success") : lost,
          }),
      ),
  };
}

interface Observation {
  readonly durationMs: number;
  readonly stages: readonly StageTime[];
  readonly errorCodes: readonly string[];
  readonly traceId: string;
}

function validity(valid: boolean): "valid" | "invalid" {
  return valid ? "valid" : "invalid";
}
