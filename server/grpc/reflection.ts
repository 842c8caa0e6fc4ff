import { createFileRegistry, type DescFile, type FileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Server, type ServerDuplexStream, status } from "@grpc/grpc-js";
import {
  ServerReflectionService as ReflectionV1,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@workflow-compiler/proto/gen/grpc/reflection/v1/reflection.ts";
import { ServerReflectionService as ReflectionV1Alpha } from "@workflow-compiler/proto/gen/grpc/reflection/v1alpha/reflection.ts";

type Answer = ServerReflectionResponse["messageResponse"];
type ReflectionCall = ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>;

/**
 * `grpc.reflection.v1` and `v1alpha`, over the descriptors that buf wrote: clients read the contract from the server.
 * Both versions have the same messages on the wire.
 *
 * @param descriptorSet a serialised FileDescriptorSet with all imports.
 * @param services names of the services to list.
 */
export function addReflection(server: Server, descriptorSet: Uint8Array, services: readonly string[]): void {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));
  const serverReflectionInfo = (call: ReflectionCall): void => {
    call.on("data", (request: ServerReflectionRequest) => {
      const response = {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request, registry, services),
      };
      // Without this pause a client that never reads would have its answers pile up here.
      if (!call.write(response)) {
        call.pause();
        call.once("drain", () => call.resume());
      }
    });
    call.on("end", () => call.end());
  };
  server.addService(ReflectionV1, { serverReflectionInfo });
  server.addService(ReflectionV1Alpha, { serverReflectionInfo });
}

function answer(
  { messageRequest }: ServerReflectionRequest,
  registry: FileRegistry,
  services: readonly string[],
): Answer {
  switch (messageRequest?.$case) {
    case "listServices":
      return { $case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case "fileByFilename": {
      const file = registry.getFile(messageRequest.value);
      return file ? fileWithImports(file) : missing(`file ${messageRequest.value}`);
    }
    case "fileContainingSymbol": {
      const file = fileOfSymbol(messageRequest.value, registry);
      return file ? fileWithImports(file) : missing(`symbol ${messageRequest.value}`);
    }
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = messageRequest.value;
      return missing(`extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      const baseTypeName = messageRequest.value;
      if (!registry.getMessage(baseTypeName)) return missing(`type ${baseTypeName}`);
      return { $case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber: [] } };
    }
    case undefined:
      return failure(status.INVALID_ARGUMENT, "the request asks for nothing");
    default:
      return messageRequest satisfies never;
  }
}

/** The contract has no extensions, so that a symbol is a message, enum or service, or a field, value or method of one. */
function fileOfSymbol(symbol: string, registry: FileRegistry): DescFile | undefined {
  const whole = registry.get(symbol);
  if (whole !== undefined) return whole.file;
  const dot = symbol.lastIndexOf(".");
  const owner = registry.get(symbol.slice(0, Math.max(dot, 0)));
  const name = symbol.slice(dot + 1);
  switch (owner?.kind) {
    case "message":
      return owner.fields.some((field) => field.name === name) || owner.oneofs.some((oneof) => oneof.name === name)
        ? owner.file
        : undefined;
    case "service":
      return owner.methods.some((method) => method.name === name) ? owner.file : undefined;
    default:
      return undefined;
  }
}

function fileWithImports(file: DescFile): Answer {
  const files = new Set<DescFile>([file]);
  for (const each of files) for (const imported of each.dependencies) files.add(imported);
  const fileDescriptorProto = [...files].map((each) => Buffer.from(toBinary(FileDescriptorProtoSchema, each.proto)));
  return { $case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function missing(what: string): Answer {
  return failure(status.NOT_FOUND, `${what} is not known here`);
}

function failure(errorCode: status, message: string): Answer {
  return { $case: "errorResponse", value: { errorCode, errorMessage: message.slice(0, 300).toWellFormed() } };
}
