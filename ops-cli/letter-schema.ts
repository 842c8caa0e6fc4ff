import { count, nullable, object, oneOf, text, time } from "./schema.ts";

export const letterSchema = object({
  id: text,
  time,
  state: oneOf("waiting", "failed-again", "resolved"),
  method: text,
  requestId: text,
  principal: text,
  errorCode: text,
  failure: text,
  sourceDigest: text,
  sourceBytes: count,
  retries: count,
  lastRetryAt: nullable(time),
});
