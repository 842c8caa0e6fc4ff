import protocol from "@temporalio/proto";
import type { Service, Type } from "protobufjs";

/** What stands in requests and events, with times as numbers and enums as their names. */
export type Fields = { readonly [name: string]: unknown };

/** The reflective interface of the package, which its declarations leave out. */
const root = protocol as unknown as { lookupService(name: string): Service; lookupType(name: string): Type };

export const workflowService = root.lookupService("temporal.api.workflowservice.v1.WorkflowService");
workflowService.resolveAll();
const historyType = root.lookupType("temporal.api.history.v1.History");

/** Events as the SDK's replay takes them. */
export function historyOf(events: readonly Fields[]) {
  return historyType.fromObject({ events }) as unknown as { events: { eventId: unknown }[] };
}

export function decode(type: Type, bytes: Uint8Array): Fields {
  return type.toObject(type.decode(bytes), { longs: Number, enums: String });
}

export function encode(type: Type, fields: Fields): Buffer {
  return Buffer.from(type.encode(type.fromObject(fields)).finish());
}

/** A duration or a timestamp in milliseconds; 0 where it is not set. */
export function milliseconds(time: unknown): number {
  if (typeof time !== "object" || time === null) return 0;
  const { seconds = 0, nanos = 0 } = time as { seconds?: number; nanos?: number };
  return seconds * 1_000 + nanos / 1e6;
}

export function timeOf(ms: number) {
  return { seconds: Math.floor(ms / 1_000), nanos: Math.round((ms % 1_000) * 1e6) };
}

export function payloadOf(value: unknown) {
  return { metadata: { encoding: Buffer.from("json/plain") }, data: Buffer.from(JSON.stringify(value)) };
}

export function jsonOf(payloads: unknown): unknown {
  const { payloads: list = [] } = (payloads ?? {}) as { payloads?: { data?: Uint8Array }[] };
  const [first] = list;
  const text = first?.data === undefined ? "" : Buffer.from(first.data).toString();
  return text === "" ? null : JSON.parse(text);
}
