import { status } from "@grpc/grpc-js";
import { Status } from "@workflow-compiler/proto/gen/google/rpc/status.ts";
import { expect, test } from "vitest";
import { CallError, invalidArgument, toServiceError, toStatus } from "../../server/grpc/call-error.ts";

test("a status stays under 4 KB: details that do not fit are left out, the message is cut", () => {
  const violations = Array.from({ length: 50 }, (_, index) => ({ field: `f${index}`, description: "x".repeat(1_000) }));
  const error = toServiceError(invalidArgument(violations));
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(bytes)) throw new Error("no details");
  expect(bytes.length).toBeLessThanOrEqual(4_096);
  expect(Status.decode(bytes)).toMatchObject({ code: status.INVALID_ARGUMENT, details: [] });
  expect(error.details).toHaveLength(500);
});

test("half a character does not reach the transport", () => {
  const { message } = toStatus(new CallError(status.INTERNAL, "half \ud83d"));
  expect(message.isWellFormed()).toBe(true);
  const cutInTheMiddle = toServiceError(new CallError(status.INTERNAL, `${"x".repeat(499)}\u{1f600}`));
  expect(cutInTheMiddle.details.isWellFormed()).toBe(true);
});
