import type { ObjectTree } from "../../source/tree.ts";
import { textField } from "./fields.ts";
import { placeholderName } from "./substitutions.ts";

/**
 * Whether a Task ends when somebody reports its outcome: a worker of an activity, or whoever has the task's token.
 * `possibly`: its resource is a substitution, so that only its use of a token tells.
 */
export function awaitsCallback(task: ObjectTree): "yes" | "no" | "possibly" {
  const resource = textField(task, "Resource")?.value ?? "";
  if (placeholderName(resource) !== null) return "possibly";
  const isActivity = /^arn:[^:]{1,40}:states:[^:]{0,40}:[^:]{0,40}:activity:/.test(resource);
  return isActivity || resource.endsWith(".waitForTaskToken") ? "yes" : "no";
}
