import { type CallError, invalidArgument, type Violation } from "../grpc/call-error.ts";

/** How requests of operators are checked: each function gives what is wrong with a field, and `refuse` tells it all at once. */
export function refuse(...violations: readonly (readonly Violation[])[]): void {
  const all = violations.flat();
  if (all.length > 0) throw invalidArgument(all);
}

const MAX_REASON = 500;

export function checkReason(reason: string): readonly Violation[] {
  if (reason.trim() === "") return wrong("reason", "is required: it is kept in the audit log");
  if (reason.length > MAX_REASON) return wrong("reason", `has ${reason.length} characters; the limit is ${MAX_REASON}`);
  return /\p{Cc}/u.test(reason) ? wrong("reason", "must not hold control characters") : [];
}

export function checkText(field: string, text: string, max: number): readonly Violation[] {
  return text.length <= max ? [] : wrong(field, `has ${text.length} characters; the limit is ${max}`);
}

export function checkRequired(field: string, text: string, max: number): readonly Violation[] {
  return text === "" ? wrong(field, "must not be empty") : checkText(field, text, max);
}

export function checkRange(field: string, value: number, min: number, max: number): readonly Violation[] {
  return value >= min && value <= max ? [] : wrong(field, `is ${value}; it must be from ${min} to ${max}`);
}

/** Timestamps beyond what JavaScript's dates can hold arrive as dates without a value. */
export function checkTime(field: string, time: Date | undefined): readonly Violation[] {
  return time === undefined || Number.isFinite(time.getTime()) ? [] : wrong(field, "is out of range");
}

export function wrong(field: string, description: string): readonly Violation[] {
  return [{ field, description }];
}

export function wrongField(field: string, description: string): CallError {
  return invalidArgument(wrong(field, description));
}

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;

export function pageSize(asked: number): number {
  return asked === 0 ? DEFAULT_PAGE : Math.min(asked, MAX_PAGE);
}

/** A choice of a `oneof` that has only one good value. */
export function checkTrue(field: string, value: boolean): readonly Violation[] {
  return value ? [] : wrong(field, "must be true");
}
