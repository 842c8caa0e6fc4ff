import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { KubeObject } from "./objects.ts";

/**
 * Helm sends its release records, Secrets, in Kubernetes' own protobuf form, whatever a server prefers: four bytes "k8s\0",
 * then `runtime.Unknown` with the object in field 2. Field numbers: k8s.io/api/core/v1 and apimachinery/meta/v1, generated.proto.
 */
export function decodeSecret(bytes: Uint8Array): KubeObject {
  if (Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "k8s\0")
    throw new Error("not Kubernetes' protobuf form");
  const raw = fieldsOf(bytes.subarray(4)).find(({ number }) => number === 2)?.bytes ?? new Uint8Array();
  const secret = fieldsOf(raw);
  const data = mapOf(secret, 2, (value) => Buffer.from(value).toString("base64"));
  const type = textOf(secret, 3);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadataOf(secret.find(({ number }) => number === 1)?.bytes ?? new Uint8Array()),
    data,
    ...(type === "" ? {} : { type }),
  };
}

function metadataOf(bytes: Uint8Array): KubeObject["metadata"] {
  const fields = fieldsOf(bytes);
  const namespace = textOf(fields, 3);
  const resourceVersion = textOf(fields, 6);
  return {
    name: textOf(fields, 1),
    ...(namespace === "" ? {} : { namespace }),
    ...(resourceVersion === "" ? {} : { resourceVersion }),
    labels: mapOf(fields, 11, text),
    annotations: mapOf(fields, 12, text),
  };
}

interface Field {
  readonly number: number;
  /** Empty where the field is not length-delimited. */
  readonly bytes: Uint8Array;
}

const LENGTH_DELIMITED = 2;

function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const reader = new BinaryReader(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === LENGTH_DELIMITED) fields.push({ number, bytes: reader.bytes() });
    else reader.skip(wireType);
  }
  return fields;
}

function textOf(fields: readonly Field[], number: number): string {
  return text(fields.find((field) => field.number === number)?.bytes ?? new Uint8Array());
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

function mapOf(fields: readonly Field[], number: number, read: (value: Uint8Array) => string): Record<string, string> {
  const entries = fields
    .filter((field) => field.number === number)
    .map(({ bytes }): [string, string] => {
      const entry = fieldsOf(bytes);
      return [textOf(entry, 1), read(entry.find((field) => field.number === 2)?.bytes ?? new Uint8Array())];
    });
  return Object.fromEntries(entries);
}
