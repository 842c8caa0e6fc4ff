import { headSchema } from "./audit-schema.ts";
import { count, list, mapOf, object, text, time } from "./schema.ts";

export const backupSchema = object({
  name: text,
  createdAt: time,
  engine: text,
  schemaVersion: count,
  sizeBytes: count,
  checksum: text,
  counts: mapOf(count),
  auditHeads: list(headSchema),
});
