import type { Code } from "../../diagnostics/catalogue.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";

/** Codes of AWS's ValidateStateMachineDefinition that stand for one of ours, whatever it is about. */
const byCode: ReadonlyMap<Code, string> = new Map<Code, string>([
  ["WF_SOURCE_001", "INVALID_JSON_DESCRIPTION"],
  ["WF_SOURCE_004", "TOO_DEEPLY_NESTED"],
  ["WF_SOURCE_013", "SCHEMA_VALIDATION_FAILED"],
  ["WF_VALIDATION_005", "DUPLICATE_STATE_NAME"],
  ["WF_VALIDATION_008", "MISSING_TRANSITION_TARGET"],
  ["WF_VALIDATION_018", "MISSING_TRANSITION_TARGET"],
  ["WF_VALIDATION_014", "INVALID_STATE_NAME"],
  ["WF_EXPRESSION_005", "NO_DOLLAR"],
  ["WF_EXPRESSION_006", "NO_PATH"],
  ["WF_EXPRESSION_007", "PASS_RESULT_IS_STATIC"],
]);

/** Codes for a field that has a wrong value. */
const byField: ReadonlyMap<string, string> = new Map([
  ["Resource", "INVALID_RESOURCE"],
  ["Label", "INVALID_LABEL_NAME"],
]);

const schemaCodes = /^WF_(?:SOURCE|VALIDATION|EXPRESSION)_/;

/** The diagnostic with AWS's code for it, where it has one, as `aws_code` in its context. */
export function withAwsCode(diagnostic: Diagnostic): Diagnostic {
  const code = awsCodeOf(diagnostic);
  if (code === null) return diagnostic;
  return { ...diagnostic, context: { ...diagnostic.context, aws_code: code } };
}

function awsCodeOf({ code, severity, context, location }: Diagnostic): string | null {
  if (code === "WF_SOURCE_001" && location.snippet.trim() === "") return "MISSING_DESCRIPTION";
  if (code === "WF_SOURCE_007" && /^.*\/States\/[^/]*$/.test(location.field)) return "DUPLICATE_STATE_NAME";
  if (code === "WF_VALIDATION_001" && context.field === "End") return "MISSING_END_STATE";
  if (code === "WF_VALIDATION_005" && location.field.endsWith("/Label")) return "DUPLICATE_LABEL_NAME";
  const field = code === "WF_VALIDATION_002" ? byField.get(context.field ?? "") : undefined;
  const known = field ?? byCode.get(code);
  if (known !== undefined) return known;
  return severity === "error" && schemaCodes.test(code) ? "SCHEMA_VALIDATION_FAILED" : null;
}
