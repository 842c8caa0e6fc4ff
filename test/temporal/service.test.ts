import { Target } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { expect, test } from "vitest";
import { createPool } from "../../server/pool.ts";
import { defaultLimits } from "../../server/source/parse.ts";
import { startHarness } from "../service/harness.ts";
import { sequence } from "./definitions.ts";

test("the service answers TARGET_TEMPORAL with a workflow for Temporal, and other targets as before", async () => {
  const pool = createPool({
    version: "0.0.0-test",
    limits: defaultLimits,
    components: new Map(),
    workers: 1,
    jobLimitMs: 30_000,
  });
  const { client, stop } = await startHarness(pool, { admission: { deadlineMs: 60_000 } });
  try {
    const source = { format: Format.FORMAT_GRAPH, content: Buffer.from(sequence), name: "sequence.yaml" };
    const textFor = (target: Target): Promise<string> =>
      new Promise((resolve, reject) => {
        const options = {
          target,
          noCache: false,
          profile: false,
          allowInlineCode: false,
          ir: false,
          controlFlow: false,
        };
        client.compile({ source, options }, (error, response) => {
          if (error !== null) reject(error);
          else resolve(response.artifact?.files.find(({ path }) => path === "workflow.ts")?.content ?? "");
        });
      });
    const before = await textFor(Target.TARGET_MODULE);
    expect(await textFor(Target.TARGET_TEMPORAL)).toContain('import { proxyActivities } from "@temporalio/workflow";');
    expect(await textFor(Target.TARGET_MODULE)).toBe(before);
    expect(before).not.toContain("@temporalio");
  } finally {
    await stop();
    await pool.close();
  }
});
