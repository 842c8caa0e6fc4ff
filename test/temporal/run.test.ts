import { readdirSync, readFileSync } from "node:fs";
import { ApplicationFailure } from "@temporalio/activity";
import type { WorkflowBundle } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import * as definitions from "./definitions.ts";
import type { Happening, Outcome } from "./execution.ts";
import type { Fields } from "./protocol.ts";
import { startHarness, type TemporalHarness } from "./worker.ts";

const hour = 3_600_000;

describe("a Temporal worker", () => {
  let compiler: TestCompiler;
  let harness: TemporalHarness;
  const bundles = new Map<string, Promise<WorkflowBundle>>();
  beforeAll(async () => {
    compiler = createTestCompiler();
    harness = await startHarness();
  });
  afterAll(async () => {
    await harness.close();
    compiler.close();
  });

  /** Bundled by the SDK's own bundler, which warns of what could differ in a replay. */
  function bundleOf(text: string): Promise<WorkflowBundle> {
    const known = bundles.get(text) ?? makeBundle(text);
    bundles.set(text, known);
    return known;
  }

  async function makeBundle(text: string): Promise<WorkflowBundle> {
    const { bundle, warnings } = await harness.bundle(compiler.artifactOf(text, null, "temporal"));
    expect(warnings).toEqual([]);
    return bundle;
  }

  const typesOf = ({ events }: Outcome): string[] =>
    events
      .map(({ eventType }) => String(eventType).replace("EVENT_TYPE_", ""))
      .filter((type) => !type.startsWith("WORKFLOW_TASK"));
  const named = (name: string, message = name): Error => Object.assign(new Error(message), { name });

  const sequenceRun = async () => {
    const texts: string[] = [];
    const outcome = await harness.run(await bundleOf(definitions.sequence), {
      input: { amount: 12.5 },
      activities: {
        "payments.charge": ({ amount }: { amount: number }, { attempt, idempotencyKey }) => {
          if (attempt < 3) throw named("Busy");
          return `${idempotencyKey} ${attempt} ${amount}`;
        },
        "notify.customer": ({ text }: { text: string }) => void texts.push(text),
      },
    });
    return { outcome, texts };
  };

  test("runs activities with Temporal's own retries, and waits on its timers", async () => {
    const { outcome, texts } = await sequenceRun();
    expect(outcome).toMatchObject({
      status: "completed",
      result: { receipt: "workflow-1/charge:1 3 12.5" },
      tookMs: 200 + 600 + hour,
    });
    expect(texts).toEqual(["receipt workflow-1/charge:1 3 12.5"]);
    expect(typesOf(outcome)).toEqual([
      "WORKFLOW_EXECUTION_STARTED",
      "ACTIVITY_TASK_SCHEDULED",
      "ACTIVITY_TASK_STARTED",
      "ACTIVITY_TASK_COMPLETED",
      "TIMER_STARTED",
      "TIMER_FIRED",
      "ACTIVITY_TASK_SCHEDULED",
      "ACTIVITY_TASK_STARTED",
      "ACTIVITY_TASK_COMPLETED",
      "WORKFLOW_EXECUTION_COMPLETED",
    ]);
  });

  test("gives up at once on an error that the rule leaves alone, and fails under its name", async () => {
    let attempts = 0;
    const outcome = await harness.run(await bundleOf(definitions.sequence), {
      input: { amount: 1 },
      activities: {
        "payments.charge": () => {
          attempts += 1;
          throw named("Declined", "no cover");
        },
      },
    });
    expect(attempts).toBe(1);
    expect(outcome.failure).toMatchObject({
      message: "no cover",
      applicationFailureInfo: { type: "Declined", nonRetryable: true },
    });
  });

  test("takes the type of an ApplicationFailure as the error's name", async () => {
    const outcome = await harness.run(await bundleOf(definitions.sequence), {
      input: { amount: 1 },
      activities: {
        "payments.charge": () => {
          throw ApplicationFailure.nonRetryable("closed", "AccountClosed");
        },
      },
    });
    expect(outcome.failure).toMatchObject({ applicationFailureInfo: { type: "AccountClosed" } });
  });

  test("runs branches at once and tries one again by the workflow's own rule", async () => {
    const keys = new Set<string>();
    const outcome = await harness.run(await bundleOf(definitions.branches), {
      input: {},
      activities: {
        "depot.left": (_input, { attempt, step, idempotencyKey }) => {
          keys.add(idempotencyKey);
          if (attempt === 1) throw named("Busy", step);
          return 1;
        },
        "depot.right": () => 2,
      },
    });
    expect(outcome).toMatchObject({ status: "completed", result: { sum: 3 }, tookMs: 10_000 });
    expect(keys.size).toBe(1);
  });

  test("cancels a branch when another fails", async () => {
    const outcome = await harness.run(await bundleOf(definitions.branches), {
      input: {},
      hanging: ["depot.right"],
      activities: {
        "depot.left": () => {
          throw named("Broken");
        },
      },
    });
    expect(outcome.failure).toMatchObject({ applicationFailureInfo: { type: "Broken" } });
    expect(typesOf(outcome)).toContain("ACTIVITY_TASK_CANCEL_REQUESTED");
  });

  const approvalRun = async (happenings: readonly Happening[]) =>
    harness.run(await bundleOf(definitions.approval), {
      input: {},
      happenings,
      activities: { "approvals.ask": () => null },
    });

  test("receives a message as a signal, also one that comes before anybody waits for it", async () => {
    const signal = { signal: "answer", payload: { by: "R. Meier" } };
    for (const atMs of [0, hour]) {
      const outcome = await approvalRun([{ atMs, ...signal }]);
      expect(outcome).toMatchObject({ status: "completed", result: { outcome: "by R. Meier" }, tookMs: atMs });
    }
  });

  test("stops waiting for a message when the time is up", async () => {
    const outcome = await approvalRun([]);
    expect(outcome).toMatchObject({ status: "completed", result: { outcome: "nobody answered" }, tookMs: 48 * hour });
  });

  test("ends as cancelled when it is cancelled, its timers with it", async () => {
    const outcome = await approvalRun([{ atMs: hour, cancel: true }]);
    expect(outcome).toMatchObject({ status: "cancelled", tookMs: hour });
    expect(typesOf(outcome)).toContain("TIMER_CANCELED");
  });

  test("names time limits of activities and of containers alike", async () => {
    const outcome = await harness.run(await bundleOf(definitions.limits), {
      input: {},
      hanging: ["rows.load", "files.fetch"],
      activities: { "notify.nobody": () => null },
    });
    expect(outcome).toMatchObject({
      status: "completed",
      result: { first: "load was slow", second: "import was late" },
      tookMs: 35 * 60_000,
    });
    expect(typesOf(outcome)).toContain("ACTIVITY_TASK_TIMED_OUT");
  });

  const pollerRun = async () => {
    let questions = 0;
    return harness.run(await bundleOf(definitions.poller), {
      input: { job: 7 },
      activities: {
        "arn:aws:lambda:eu-central-1:123456789012:function:GetStatus": () => {
          questions += 1;
          if (questions === 2) throw named("Lambda.TooManyRequestsException");
          return questions < 4 ? "running" : "done";
        },
      },
    });
  };

  test("runs a state machine", async () => {
    const outcome = await pollerRun();
    expect(outcome).toMatchObject({
      status: "completed",
      result: { job: 7, status: "done" },
      tookMs: 2 * 60_000 + 1_000,
    });
  });

  describe("replays", () => {
    const histories: Record<string, () => Promise<{ readonly text: string; readonly events: readonly Fields[] }>> = {
      sequence: async () => ({ text: definitions.sequence, events: (await sequenceRun()).outcome.events }),
      approval: async () => ({
        text: definitions.approval,
        events: (await approvalRun([{ atMs: hour, signal: "answer", payload: { by: "me" } }])).events,
      }),
      poller: async () => ({ text: definitions.poller, events: (await pollerRun()).events }),
    };
    /** Another activity, another timer, one event less. */
    const tamperings: Record<string, (events: readonly Fields[]) => readonly Fields[]> = {
      "another activity": (events) =>
        events.map((event) => {
          const attributes = event.activityTaskScheduledEventAttributes as Fields | undefined;
          if (attributes === undefined) return event;
          return { ...event, activityTaskScheduledEventAttributes: { ...attributes, activityType: { name: "other" } } };
        }),
      "another step": (events) =>
        events.map((event) => {
          const attributes = event.activityTaskScheduledEventAttributes as Fields | undefined;
          if (attributes === undefined) return event;
          return { ...event, activityTaskScheduledEventAttributes: { ...attributes, activityId: "/other:1" } };
        }),
    };

    for (const [name, make] of Object.entries(histories)) {
      test(`${name} from its history, and notices another one`, async () => {
        const { text, events } = await make();
        const bundle = await bundleOf(text);
        await expect(harness.replay(bundle, events)).resolves.toBeUndefined();
        for (const tamper of Object.values(tamperings)) {
          await expect(harness.replay(bundle, tamper(events))).rejects.toThrow(/nondeterminism/i);
        }
      });
    }

    test("no history of another workflow", async () => {
      const { events } = await (histories.sequence ?? expect.fail)();
      await expect(harness.replay(await bundleOf(definitions.approval), events)).rejects.toThrow(/nondeterminism/i);
    });
  });

  describe("runs the examples:", () => {
    const folder = new URL("../../docs/examples/", import.meta.url);
    const read = (example: string, file: string) => readFileSync(new URL(`${example}/${file}`, folder), "utf8");
    /** What comes from outside, and what each example must come to. */
    const expected: Record<string, { readonly happenings?: readonly Happening[]; readonly result: unknown }> = {
      "order-fulfilment": { result: { status: "shipped" } },
      "swift-payment": {
        happenings: [{ atMs: hour, signal: "compliance-decision", payload: { approved: true, by: "R. Meier" } }],
        result: { status: "sent", reference: expect.stringMatching(/^UETR-/) },
      },
      "atm-withdrawal": { result: { status: expect.stringMatching(/^(dispensed|declined|failed)$/) } },
      payroll: { result: { paid: expect.any(Number), period: expect.any(String) } },
      "job-poller": { result: { state: "SUCCEEDED" } },
    };
    for (const [example, { happenings = [], result }] of Object.entries(expected)) {
      test(example, async () => {
        const file = readdirSync(new URL(`${example}/`, folder)).find((name) => /^(workflow|definition)\./.test(name));
        const { activities } = await import(new URL(`${example}/activities.ts`, folder).pathname);
        const bundle = await bundleOf(read(example, file ?? ""));
        const outcome = await harness.run(bundle, {
          input: JSON.parse(read(example, "input.json")),
          activities,
          happenings,
        });
        expect(outcome.failure).toBeNull();
        expect(outcome).toMatchObject({ status: "completed", result });
        await expect(harness.replay(bundle, outcome.events)).resolves.toBeUndefined();
      });
    }
  });
});
