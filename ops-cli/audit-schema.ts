import { Flags } from "@oclif/core";
import { count, nullable, number, object, text, time } from "./schema.ts";

export const eventSchema = object({
  time,
  requestId: text,
  principal: text,
  address: text,
  method: text,
  resourceDigest: text,
  outcome: text,
  durationMs: number,
  errorCode: text,
  reason: text,
  chain: text,
  sequence: count,
  hash: text,
  lost: count,
  lostUntil: nullable(time),
});

export const headSchema = object({ chain: text, sequence: count, hash: text });

/** Which records are meant. */
export const auditFlags = {
  since: Flags.string({
    description: "From this time on, such as 2030-01-02T03:04:05Z, or this long ago, such as 90m.",
    helpValue: "TIME",
  }),
  principal: Flags.string({ description: "Calls of this principal.", helpValue: "NAME" }),
  method: Flags.string({ description: "Calls of this method, such as Compile or ClearCache.", helpValue: "NAME" }),
  outcome: Flags.string({ description: "Calls that ended with this gRPC status, such as OK.", helpValue: "STATUS" }),
  "request-id": Flags.string({ description: "The call with this request id.", helpValue: "ID" }),
};

export const untilFlag = {
  until: Flags.string({ description: "Before this time, written as with --since.", helpValue: "TIME" }),
};
