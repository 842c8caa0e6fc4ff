import type { Findings, Fix, Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";
import type { Region, RetryRule, Step, Task } from "../ir/program.ts";
import { regionsOf, stepsOf } from "../ir/regions.ts";
import type { Facts } from "./facts.ts";

/** The shortest limit around a region: of which step, in milliseconds. */
interface Around {
  readonly ms: number;
  readonly step: string;
}

interface Place {
  readonly region: Region;
  readonly around: Around;
}

/** Time limits that are never reached, or always. */
export function checkTimeLimits({ program }: Facts, findings: Findings): void {
  const places: Place[] = [{ region: program.body, around: { ms: Number.POSITIVE_INFINITY, step: "" } }];
  for (const { region, around } of places) {
    const tasks = region.kind === "flow" ? region.tasks : [];
    const connected = new Set(tasks.filter(takesTimeout).flatMap((task) => task.steps));
    for (const step of stepsOf(region)) {
      const inside = checkStep(step, around, !connected.has(step), findings);
      for (const inner of regionsOf(step)) places.push({ region: inner, around: inside });
    }
  }
}

/** Whether something may follow from the time limit of its step, which then cannot be taken out alone. */
function takesTimeout({ choice }: Task): boolean {
  return choice.kind === "failure" ? choice.handlers.some(({ when }) => when !== null) : choice.kind === "cases";
}

/** Gives the limit around the regions of the step. */
function checkStep(step: Step, around: Around, mayRemove: boolean, findings: Findings): Around {
  if (step.kind === "wait") {
    const ms = step.until.kind === "duration" ? millisecondsOf(step.until.ms) : null;
    if (ms !== null && ms >= around.ms)
      report("the wait", step.step, step.origin, `it takes ${show(ms)}, and ${limitOf(around)}`, [], findings);
    return around;
  }
  if (step.kind !== "call" && step.kind !== "scope" && step.kind !== "receive") return around;
  const own = millisecondsOf(step.timeoutMs);
  if (own !== null && step.timeoutMs !== null) {
    const fixes = mayRemove ? removeLimit(step.step, step.timeoutMs.origin) : [];
    const why = own <= 0 ? "it is zero, which fails each attempt at once" : whyUnreached(own, around);
    if (why !== "") report("the time limit", step.step, step.timeoutMs.origin, why, fixes, findings);
  }
  const heartbeat = step.kind === "call" ? step.heartbeatMs : null;
  const beat = heartbeat == null ? null : millisecondsOf(heartbeat);
  if (heartbeat != null && beat !== null && own !== null && beat >= own) {
    const why = `it is ${show(beat)}, and an attempt ends after ${show(own)}`;
    report("the heartbeat", step.step, heartbeat.origin, why, [], findings);
  }
  const inside = step.kind === "scope" && own !== null && own < around.ms ? { ms: own, step: step.step } : around;
  if (step.kind !== "receive") checkRetry(step, inside, findings);
  return inside;
}

function whyUnreached(own: number, around: Around): string {
  return own > around.ms ? `it is ${show(own)}, and ${limitOf(around)}` : "";
}

function checkRetry(step: Step & { kind: "call" | "scope" }, around: Around, findings: Findings): void {
  for (const rule of step.retry) {
    const waits = shortestWaits(rule);
    if (waits < around.ms) continue;
    const limit = around.step === step.step ? `all attempts together have ${show(around.ms)}` : limitOf(around);
    const why = `waiting between the attempts alone takes ${show(waits)}, and ${limit}`;
    report("the last attempt", step.step, step.origin, why, [], findings);
    return;
  }
}

/** The time between the first attempt and the last, where each random factor is the smallest. */
function shortestWaits({ retries, initialMs, multiplier, maxMs, jitter, given }: RetryRule): number {
  if (jitter === "full" || given !== undefined) return 0;
  let total = 0;
  let next = initialMs;
  for (let attempt = 0; attempt < retries && attempt < maxCounted; attempt++) {
    total += Math.min(next, maxMs);
    next = Math.min(next * multiplier, maxMs);
  }
  return total * (1 - jitter);
}

/** As many as the formats allow or more. */
const maxCounted = 1_000;

function millisecondsOf(expression: Expression | null): number | null {
  return expression?.kind === "literal" && typeof expression.value === "number" ? expression.value : null;
}

function limitOf({ ms, step }: Around): string {
  return step === "" ? `the whole run ends after ${show(ms)}` : `\`${step}\` around it ends after ${show(ms)}`;
}

function show(ms: number): string {
  return ms >= 1_000 ? `${Math.round(ms / 10) / 100} s` : `${ms} ms`;
}

/** Only where the origin is the field itself. */
function removeLimit(step: string, { pointer }: Origin): readonly Fix[] {
  if (!pointer.endsWith("/timeout") && !pointer.endsWith("/TimeoutSeconds")) return [];
  return [{ title: `Remove the time limit of \`${step}\``, patch: [{ op: "remove", path: pointer }] }];
}

function report(
  limit: string,
  node: string,
  origin: Origin,
  why: string,
  fixes: readonly Fix[],
  findings: Findings,
): void {
  findings.report("WF_CHECK_009", origin, { limit, node: node || "the workflow", why }, { fixes });
}
