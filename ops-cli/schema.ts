import type { OutputSchema } from "./command.ts";

/** JSON Schemas of what commands print with `--json`: all properties are there, and no others. */

export const text = { type: "string" } as const;
export const number = { type: "number" } as const;
export const count = { type: "integer", minimum: 0 } as const;
export const flag = { type: "boolean" } as const;
/** ISO 8601, UTC. */
export const time = { type: "string", format: "date-time" } as const;

export function object(properties: Readonly<Record<string, OutputSchema>>): OutputSchema {
  return { type: "object", required: Object.keys(properties), properties, additionalProperties: false };
}

export function list(items: OutputSchema): OutputSchema {
  return { type: "array", items };
}

export function nullable(schema: OutputSchema): OutputSchema {
  return { anyOf: [schema, { type: "null" }] };
}

export function oneOf(...words: readonly string[]): OutputSchema {
  return { enum: words };
}

export function mapOf(values: OutputSchema): OutputSchema {
  return { type: "object", additionalProperties: values };
}

/** Why a replica did not answer: as the `error` of a command that fails. */
const failure = object({ reason: text, message: text, next: list(text) });

/** What each replica answered: `result`, or `error`. */
export function perReplica(result: OutputSchema, more: Readonly<Record<string, OutputSchema>> = {}): OutputSchema {
  const replica = object({ address: text, result: nullable(result), error: nullable(failure) });
  return object({ ...more, replicas: list(replica) });
}

/** What a change came to: `plan` with `--dry-run`, else `result` or `error`. */
export function perReplicaChange(result: OutputSchema): OutputSchema {
  const replica = object({
    address: text,
    plan: nullable(text),
    result: nullable(result),
    error: nullable(failure),
  });
  return object({ dryRun: flag, replicas: list(replica) });
}

/** Replicas that did not answer, where what the others answered is one result. */
export const failures = list(object({ address: text, reason: text, message: text, next: list(text) }));
