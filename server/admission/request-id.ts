import { randomUUID } from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";

/** Visible ASCII: what fits in a header and in a line of a log without quoting. */
const SANE = /^[!-~]{1,128}$/;

/** The caller's `x-request-id`, where there is exactly one that is sane; else a new one. */
export function requestIdOf(metadata: Metadata): string {
  const values = metadata.get("x-request-id");
  const [given] = values;
  return values.length === 1 && typeof given === "string" && SANE.test(given) ? given : randomUUID();
}
