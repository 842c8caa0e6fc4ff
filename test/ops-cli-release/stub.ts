import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import {
  HealthCheckResponse_ServingStatus,
  HealthService,
} from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import { Artifact } from "@workflow-compiler/proto/gen/workflow/compiler/v1/artifact.ts";
import { CompileResponse, CompilerServiceService } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";

/** How a version behaves. */
export interface Behaviour {
  readonly version: string;
  /** Which calls fail: each so-manieth; 0: none. */
  readonly failsEach?: number;
  readonly delayMs?: number;
  /** Ends itself after so many calls; 0: never. */
  readonly endsAfter?: number;
}

/**
 * A version of the service of which only what a rollout looks at is there: health, Compile, metrics. It starts in a moment, and
 * can be as bad as a test needs it.
 */
export function startStub({ version, failsEach = 0, delayMs = 0, endsAfter = 0 }: Behaviour): void {
  const { WFC_GRPC_ADDR = "", WFC_HTTP_ADDR = "", WFC_SLOT: slot = "" } = process.env;
  let calls = 0;
  let failed = 0;
  const artifact = Artifact.decode(Buffer.alloc(0));
  const answer = { ...CompileResponse.decode(Buffer.alloc(0)), artifact: { ...artifact, compilerVersion: version } };

  // Callers follow a change of the weights when their connection ends.
  const server = new Server({ "grpc.max_connection_age_ms": 1_000, "grpc.max_connection_age_grace_ms": 5_000 });
  server.addService(HealthService, {
    check: (_call: unknown, done: (error: null, answer: object) => void) =>
      done(null, { status: HealthCheckResponse_ServingStatus.SERVING }),
  });
  server.addService(CompilerServiceService, {
    async compile(_call: unknown, done: (error: object | null, answer?: object) => void) {
      await sleep(delayMs);
      calls++;
      const fails = failsEach > 0 && calls % failsEach === 0;
      if (fails) failed++;
      done(fails ? { code: status.INTERNAL, details: "it is broken" } : null, answer);
      if (calls === endsAfter) process.exit(1);
    },
  });
  server.bindAsync(WFC_GRPC_ADDR, ServerCredentials.createInsecure(), () => {});

  const metrics = (): string =>
    [
      `workflow_build_info{version="${version}",slot="${slot}"} 1`,
      `workflow_requests_total{method="Compile",code="OK"} ${calls - failed}`,
      `workflow_requests_total{method="Compile",code="INTERNAL"} ${failed}`,
      ...["0.05", "0.25", "1", "+Inf"].map((le) => {
        const count = Number(le) < delayMs / 1_000 ? 0 : calls;
        return `workflow_request_duration_seconds_bucket{method="Compile",le="${le}"} ${count}`;
      }),
      "",
    ].join("\n");
  const [host, port] = WFC_HTTP_ADDR.split(":");
  createServer((_request, response) => response.end(metrics())).listen(Number(port), host);
  process.on("SIGTERM", () => server.tryShutdown(() => process.exit(0)));
}
