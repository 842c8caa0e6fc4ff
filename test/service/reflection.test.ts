import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { credentials } from "@grpc/grpc-js";
import {
  ServerReflectionClient as ClientV1,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@workflow-compiler/proto/gen/grpc/reflection/v1/reflection.ts";
import { ServerReflectionClient as ClientV1Alpha } from "@workflow-compiler/proto/gen/grpc/reflection/v1alpha/reflection.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({});
});
afterAll(() => harness.stop());

type Question = NonNullable<ServerReflectionRequest["messageRequest"]>;

describe.each([
  ["v1", ClientV1],
  ["v1alpha", ClientV1Alpha],
])("%s", (_version, Client) => {
  async function ask(...questions: (Question | undefined)[]): Promise<ServerReflectionResponse["messageResponse"][]> {
    const client = new Client(harness.address, credentials.createInsecure());
    const call = client.serverReflectionInfo();
    const answers: ServerReflectionResponse["messageResponse"][] = [];
    for (const messageRequest of questions) call.write({ host: "", messageRequest });
    call.end();
    for await (const response of call) answers.push(response.messageResponse);
    client.close();
    return answers;
  }

  function filesOf(answer: ServerReflectionResponse["messageResponse"]): string[] {
    if (answer?.$case !== "fileDescriptorResponse") throw new Error(`no files: ${JSON.stringify(answer)}`);
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
  }

  test("lists the services", async () => {
    const [answer] = await ask({ $case: "listServices", value: "*" });
    const names = answer?.$case === "listServicesResponse" ? answer.value.service.map(({ name }) => name) : [];
    expect(names).toEqual(["workflow.compiler.v1.CompilerService", "grpc.health.v1.Health"]);
  });

  test("gives the file of a service, message, method or field with all that it imports", async () => {
    const symbols = ["CompilerService", "CompilerService.Compile", "CompileRequest", "CompileRequest.source"];
    const answers = await ask(
      ...symbols.map((name): Question => ({ $case: "fileContainingSymbol", value: `workflow.compiler.v1.${name}` })),
    );
    for (const answer of answers) {
      expect(filesOf(answer)).toEqual(
        expect.arrayContaining([
          "workflow/compiler/v1/compiler.proto",
          "google/rpc/status.proto",
          "google/protobuf/any.proto",
        ]),
      );
    }
    const [byName] = await ask({ $case: "fileByFilename", value: "workflow/compiler/v1/source.proto" });
    expect(filesOf(byName)).toEqual([
      "workflow/compiler/v1/source.proto",
      "buf/validate/validate.proto",
      "google/protobuf/descriptor.proto",
    ]);
  });

  test("says what it does not know, and goes on", async () => {
    const answers = await ask(
      { $case: "fileContainingSymbol", value: "no.such.Symbol" },
      { $case: "fileContainingSymbol", value: "" },
      { $case: "fileByFilename", value: "\u{1f600}".repeat(500) },
      { $case: "fileContainingExtension", value: { containingType: "x", extensionNumber: 1 } },
      { $case: "allExtensionNumbersOfType", value: "no.such.Type" },
      undefined,
      { $case: "allExtensionNumbersOfType", value: "workflow.compiler.v1.Source" },
    );
    const codes = answers.map((answer) => (answer?.$case === "errorResponse" ? answer.value.errorCode : answer?.$case));
    expect(codes).toEqual([5, 5, 5, 5, 5, 3, "allExtensionNumbersResponse"]);
  });
});
