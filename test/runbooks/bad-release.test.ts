import { expect, test } from "vitest";
import { startCluster } from "../kubernetes/cluster.ts";
import type { Deployment } from "../kubernetes/objects.ts";
import { wfops } from "../ops-cli/wfops.ts";
import { environmentFor, quickValues } from "../ops-cli-release/stubbed-cluster.ts";
import { acts, mend } from "./trouble.ts";

const root = new URL("../../", import.meta.url).pathname;
const refusing = new URL("../ops-cli-release/images/refusing", import.meta.url).pathname;

test("bad-release: a release that compiles nothing is rolled back to the service that does", {
  timeout: 240_000,
}, async () => {
  const cluster = await startCluster({
    environment: { NODE_COMPILE_CACHE: `${root}.cache/node` },
    imageRoot: (image) => (image.endsWith(":refusing") ? refusing : root),
  });
  try {
    const env = environmentFor(cluster);
    const installed = await wfops(
      ["deploy", ...quickValues, "--set", "replicaCount=1,config.connectionRate=off", "--yes"],
      { env },
    );
    expect([installed.code, installed.stderr]).toEqual([0, expect.anything()]);
    const reaching = { ...env, WFOPS_SERVER: cluster.addressOf("workflow-compiler", "grpc") };
    const bad = await wfops(["deploy", "--image-tag", "refusing", "--yes"], { env: reaching });
    expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining("it does not compile")]);

    const mended = await mend(reaching, "bad-release", []);
    expect([mended.mended, acts(mended)]).toEqual([true, [0]]);
    const [container] =
      cluster.get<Deployment>("Deployment", "workflow-compiler-a")?.spec.template.spec.containers ?? [];
    expect(container?.image).toBe("workflow-compiler:0.1.0");
  } finally {
    await cluster.close();
  }
});
