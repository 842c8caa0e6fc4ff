import type { Checker } from "./cel-checker.ts";
import type { CelNode } from "./cel-syntax.ts";

const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const DURATION = /^[+-]?(?:(?:\d+(?:\.\d+)?|\.\d+)(?:h|ms|m|s|us|ns))+$/;

/** Whether a literal that `timestamp` or `duration` is given can be read; reports where not. Other functions take any text. */
export function checkTimeText(fn: string, node: Extract<CelNode, { kind: "string" }>, checker: Checker): boolean {
  const isRead =
    fn === "parseTimestamp"
      ? TIMESTAMP.test(node.value) && !Number.isNaN(Date.parse(node.value))
      : fn !== "parseDuration" || DURATION.test(node.value);
  if (isRead) return true;
  const problem =
    fn === "parseTimestamp"
      ? "a timestamp is written in RFC 3339, such as `2026-01-31T08:00:00Z`"
      : "a duration is written with units, such as `1h30m`, `1.5s` or `100ms`";
  checker.report("WF_TYPE_005", node, { fn: fn === "parseTimestamp" ? "timestamp" : "duration", problem, nearest: "" });
  return false;
}
