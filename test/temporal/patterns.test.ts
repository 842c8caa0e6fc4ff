import type { WorkflowBundle } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Artifact } from "../../server/artifact.ts";
import { createTestCompiler } from "../modules/compiler.ts";
import { type Pattern, patterns, type Run } from "../patterns/patterns.ts";
import { definitionOf } from "../patterns/run.ts";
import type { Work } from "./activity-table.ts";
import type { Outcome } from "./execution.ts";
import { type Fields, milliseconds } from "./protocol.ts";
import { type RunningWorker, startHarness, type TemporalHarness } from "./worker.ts";

/** Recursion makes child workflows, which the server of these tests does not know. */
const withChildren = new Set([22]);

const chosen = patterns.filter(({ number, refused }) => refused === undefined && !withChildren.has(number));
const nameOf = ({ number }: Pattern): string => `pattern${number}`;

/** `/items:1[0]/charge:1` → charge */
function stepOf(activityId: unknown): string {
  return String(activityId)
    .replace(/^.*\//s, "")
    .replace(/:\d+(#\d+)?$/, "");
}

/** Activities as the pattern's own tests have them. */
function workOf({ work = {} }: Run): Work {
  const calls = new Map<string, number>();
  return (activityId) => {
    const step = stepOf(activityId);
    const { ms = 10, gives = [] } = work[step] ?? {};
    const call = calls.get(step) ?? 0;
    calls.set(step, call + 1);
    return {
      ms: typeof ms === "number" ? ms : (ms[call % ms.length] ?? 10),
      gives: gives[call % gives.length] ?? null,
    };
  };
}

/** What a history tells of activities, in the words of a trace. */
function traceOf({ events }: Outcome): readonly string[] {
  const start = milliseconds(events[0]?.eventTime);
  return events.flatMap((event) => {
    const at = milliseconds(event.eventTime) - start;
    const attributes = (id: unknown) =>
      events[Number(id) - 1]?.activityTaskScheduledEventAttributes as Fields | undefined;
    if (event.eventType === "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED")
      return [`${at} started ${stepOf(attributes(event.eventId)?.activityId)}`];
    const completed = event.activityTaskCompletedEventAttributes as Fields | undefined;
    return completed === undefined
      ? []
      : [`${at} finished ${stepOf(attributes(completed.scheduledEventId)?.activityId)}`];
  });
}

describe("a Temporal worker runs the control-flow patterns as modules do that run by themselves:", () => {
  let harness: TemporalHarness;
  let bundle: WorkflowBundle;
  let worker: RunningWorker;
  const histories: (readonly Fields[])[] = [];
  const artifacts = new Map<string, Artifact>();
  beforeAll(async () => {
    const compiler = createTestCompiler();
    for (const pattern of chosen)
      artifacts.set(nameOf(pattern), compiler.artifactOf(definitionOf(pattern), null, "temporal"));
    compiler.close();
    harness = await startHarness();
    const bundled = await harness.bundleAll(artifacts);
    expect(bundled.warnings).toEqual([]);
    bundle = bundled.bundle;
    worker = await harness.startWorker(bundle, { none: () => null });
  });
  afterAll(async () => {
    await worker.stop();
    await harness.close();
  });

  for (const pattern of chosen) {
    for (const run of pattern.runs) {
      test(`WCP-${pattern.number} ${pattern.name}: ${run.shows}`, async () => {
        const { input = null, messages = [] } = run;
        const outcome = await worker.run({
          workflowType: nameOf(pattern),
          input,
          happenings: messages.map(([atMs, signal, payload]) => ({ atMs, signal, payload })),
          work: workOf(run),
        });
        const failure = outcome.failure?.applicationFailureInfo as Fields | undefined;
        expect(failure?.type).toBe(run.failure);
        expect(outcome.result).toEqual(run.output ?? null);
        const text = artifacts.get(nameOf(pattern))?.files.find(({ path }) => path === "workflow.ts")?.content ?? "";
        const calls = new Set(Array.from(text.matchAll(/\bcall\(\s*scope,\s*"([^"]+)"/g), ([, step]) => step));
        const expected = run.trace.filter((event) => {
          const [, type, ...step] = event.split(" ");
          return (type === "started" || type === "finished") && calls.has(step.join(" "));
        });
        expect([...traceOf(outcome)].sort()).toEqual([...expected].sort());
        histories.push(outcome.events);
      });
    }
  }

  test("and replays what it did", async () => {
    expect(histories.length).toBeGreaterThan(chosen.length);
    await expect(harness.replay(bundle, ...histories)).resolves.toBeUndefined();
  });
});
