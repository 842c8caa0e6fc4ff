import type { ActivityDeclaration, Program } from "../ir/program.ts";
import { allRegions, stepsOf } from "../ir/regions.ts";
import { integer, type MemberType, string, type Type, unknown } from "../ir/types.ts";

/**
 * The activities that a worker must have for a program: besides those of the program itself the ones that a module for
 * no engine does not ask for, because it has them in its runtime.
 */
export function workerActivities(program: Program): readonly ActivityDeclaration[] {
  const request = allRegions(program)
    .flatMap(stepsOf)
    .find((step) => step.kind === "call" && step.builtin === "httpRequest");
  if (request === undefined) return program.activities;
  return [...program.activities, { ...httpRequest, origin: request.origin }];
}

const headers: Type = { kind: "object", members: new Map(), additional: string };

/** `HttpRequest` and `HttpResponse` of `runtime/http.ts`. */
const httpRequest: Omit<ActivityDeclaration, "origin"> = {
  name: "http.request",
  description: "Makes an HTTP request. A status of 400 or more fails with the name HttpError.",
  input: object({
    url: { type: string, required: true },
    method: { type: string, required: false },
    headers: { type: headers, required: false },
    body: { type: unknown, required: false },
  }),
  output: object({
    status: { type: integer, required: true },
    headers: { type: headers, required: true },
    body: { type: unknown, required: true },
  }),
};

function object(members: Readonly<Record<string, MemberType>>): Type {
  return { kind: "object", members: new Map(Object.entries(members)), additional: null };
}
