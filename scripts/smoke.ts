import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { credentials, Metadata } from "@grpc/grpc-js";
import {
  type CompileResponse,
  CompilerServiceClient,
  CompilerServiceService,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";

/**
 * Whether a service compiles: sends it one definition and looks at the artifact. `helm test` runs it in the image.
 *
 *     WFOPS_SERVER=HOST:PORT node scripts/smoke.ts FILE
 *
 * WFOPS_CA, WFOPS_CERT and WFOPS_KEY name PEM files, WFOPS_TOKEN is a bearer token. Exit code 0: it compiles. 1: it does not.
 */
const { WFOPS_SERVER = "127.0.0.1:50051", WFOPS_CA, WFOPS_CERT, WFOPS_KEY, WFOPS_TOKEN } = process.env;
const [file = "docs/examples/refund/workflow.yaml"] = process.argv.slice(2);

/** How long it may take, in milliseconds, while the service is not reached. */
const PATIENCE_MS = 30_000;

try {
  const { artifact, diagnostics } = await compile();
  const [problem] = diagnostics;
  const code = artifact?.files.find(({ path }) => path.endsWith(".ts"))?.content ?? "";
  if (artifact === undefined) throw new Error(`${file} did not compile: ${problem?.code} ${problem?.message}`);
  if (!code.includes("export async function run(")) throw new Error(`${file} compiled to no module`);
  process.stdout.write(`${WFOPS_SERVER} compiles: ${file} has the digest ${artifact.digest}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function compile(): Promise<CompileResponse> {
  const { path, requestSerialize, responseDeserialize } = CompilerServiceService.compile;
  const client = new CompilerServiceClient(WFOPS_SERVER, channelCredentials());
  const headers = new Metadata({ waitForReady: true });
  if (WFOPS_TOKEN) headers.set("authorization", `Bearer ${WFOPS_TOKEN}`);
  const source = { content: readFileSync(file), name: basename(file), format: 0 } as const;
  const request = { source, options: undefined };
  const deadline = Date.now() + PATIENCE_MS;
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        headers,
        { deadline },
        (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
      );
    });
  } finally {
    client.close();
  }
}

function channelCredentials() {
  const read = (path: string | undefined): Buffer | null => (path ? readFileSync(path) : null);
  if (!WFOPS_CA) return credentials.createInsecure();
  return credentials.createSsl(WFOPS_CA === "system" ? null : read(WFOPS_CA), read(WFOPS_KEY), read(WFOPS_CERT));
}
