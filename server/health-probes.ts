import type { Compilation, CompilePool, SourceInput, StageName } from "./artifact.ts";
import type { Guard } from "./dependencies/guard.ts";
import type { Probe, ProbeResult } from "./health.ts";
import type { PoolLoad } from "./pool.ts";

/** A pool, as far as probes need it. */
export interface ProbedPool extends Pick<CompilePool, "compile"> {
  load(): PoolLoad;
}

/** How old an answer of the compiler may be, in milliseconds. A probe costs a few milliseconds of a worker. */
const FRESH_MS = 4_000;

/** How much longer than its limit a job may take to be stopped, in milliseconds. */
const STOP_SLACK_MS = 5_000;

/**
 * Probes of what compiles, in the words of those who run it. All three look at one compile of a tiny definition in a real
 * worker, through every stage. While all workers are busy none is made: what they finish shows that they work, and a
 * probe must neither wait behind long jobs nor hold up calls.
 */
export function compilerProbes(pool: ProbedPool, jobLimitMs: number, now: () => number = Date.now): readonly Probe[] {
  let last: { readonly outcome: Outcome; readonly at: number } | null = null;
  let underWay: Promise<Outcome> | null = null;

  const compileOnce = (): Promise<Outcome> => {
    underWay ??= compileTiny(pool)
      .then((outcome) => {
        last = { outcome, at: now() };
        return outcome;
      })
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };
  const check = async (part: Part): Promise<ProbeResult> => {
    if (last !== null && now() - last.at < FRESH_MS) return judged(part, last.outcome);
    const { busy, workers, finishedAt } = pool.load();
    if (underWay === null && busy >= workers) return judgedBusy(now() - finishedAt, jobLimitMs);
    return judged(part, await compileOnce());
  };
  return parts.map((part) => ({ component: part.component, essential: true, check: () => check(part) }));
}

/**
 * Something that the service can do without.
 *
 * @param check rejects where it does not answer.
 * @param lost what is missing then, as a sentence.
 */
export function dependencyProbe(component: string, check: () => Promise<unknown>, lost: string): Probe {
  return {
    component,
    essential: false,
    async check() {
      try {
        await check();
        return { state: "healthy", message: "it answers" };
      } catch {
        return { state: "degraded", message: lost };
      }
    },
  };
}

/** A dependency that is not asked for health alone: its circuit tells how the last attempts went. */
export function guardProbe(guard: Pick<Guard, "name" | "state">, lost: string): Probe {
  return dependencyProbe(
    guard.name,
    async () => {
      if (guard.state() !== "closed") throw new Error(guard.name);
    },
    lost,
  );
}

/** A certificate that ends sooner than this, in milliseconds, degrades health. */
const EXPIRY_NOTICE_MS = 7 * 86_400_000;

/** @param shares whether replicas share a cache, and `sharedWorks` whether it can be reached now. */
export function cacheProbe(cacheBytes: number, shares: boolean, sharedWorks: () => boolean): Probe {
  return {
    component: "compilation_cache",
    essential: false,
    check() {
      if (cacheBytes === 0) return { state: "healthy", message: "it is off" };
      if (shares && !sharedWorks()) return { state: "degraded", message: "it works in this replica only" };
      return { state: "healthy", message: "it works" };
    },
  };
}

/** Of the certificates in use; `notAfter` in milliseconds since 1970. */
export function certificateProbe(certificates: () => readonly { readonly notAfter: number }[]): Probe {
  return {
    component: "certificates",
    essential: false,
    check() {
      const first = Math.min(...certificates().map(({ notAfter }) => notAfter));
      const message = `the first one ends at ${new Date(first).toISOString()}`;
      return { state: first - Date.now() < EXPIRY_NOTICE_MS ? "degraded" : "healthy", message };
    },
  };
}

/** What came of a compile; null: it failed on a fault of ours. */
type Outcome = Pick<Compilation, "artifact" | "diagnostics" | "stages"> | null;

interface Part {
  readonly component: string;
  /** The stages that do its work. */
  readonly stages: readonly StageName[];
  /** Whether a diagnostic's code says that this part is broken. */
  readonly blames: (code: string) => boolean;
}

const isSource = (code: string): boolean => code.startsWith("WF_SOURCE_");
const isTemplate = (code: string): boolean => code === "WF_COMPILE_001";

const parts: readonly Part[] = [
  { component: "source", stages: ["source"], blames: isSource },
  { component: "template_engine", stages: ["frontend"], blames: isTemplate },
  {
    component: "typescript_compiler",
    stages: ["typecheck", "transform"],
    blames: (code) => !isSource(code) && !isTemplate(code),
  },
];

function judged({ stages, blames }: Part, outcome: Outcome): ProbeResult {
  if (outcome === null) return { state: "unhealthy", message: "the compiler failed on a probe" };
  const blamed = outcome.diagnostics.find(({ code, severity }) => severity === "error" && blames(code));
  if (blamed !== undefined) return { state: "unhealthy", message: `a probe was answered with ${blamed.code}` };
  const own = outcome.stages.filter(({ name }) => stages.includes(name));
  if (own.length === 0) return { state: "degraded", message: "a probe did not come this far" };
  return { state: "healthy", message: "it works", latencyMs: own.reduce((sum, { durationMs }) => sum + durationMs, 0) };
}

function judgedBusy(silentMs: number, jobLimitMs: number): ProbeResult {
  if (silentMs > jobLimitMs + STOP_SLACK_MS)
    return { state: "unhealthy", message: "all workers are busy for longer than a job may take" };
  return { state: "healthy", message: "all workers are busy", latencyMs: 0 };
}

async function compileTiny(pool: ProbedPool): Promise<Outcome> {
  try {
    // Not aborted when nobody waits any more: that would stop a worker that is only slow.
    return await pool.compile(tiny, { target: "module", allowInlineCode: true });
  } catch {
    return null;
  }
}

const tiny: SourceInput = {
  format: "graph",
  name: "probe",
  content: Buffer.from(`apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: probe, version: 1.0.0 }
spec:
  components:
    - type: probe.echo
      version: 1.0.0
      inputs: { text: { schema: { type: string }, required: true } }
      outputs: { out: { schema: { type: string } } }
      implementation: { template: "return {{ text }};" }
  nodes:
    - { id: echo, type: probe.echo, with: { text: probe } }
`),
};
