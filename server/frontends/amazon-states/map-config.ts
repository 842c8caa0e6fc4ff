import { type ObjectTree, originOf, type StringTree } from "../../source/tree.ts";
import { checkFields, objectField, textField } from "./fields.ts";
import { reportWord } from "./payload.ts";
import type { StateScope } from "./scope.ts";
import { processorConfigFields } from "./state-fields.ts";
import { hasPlaceholder } from "./substitutions.ts";

/** Holds `Label` and `ProcessorConfig` of a Map against AWS's rules. */
export function checkMapConfig(state: StateScope, processor: ObjectTree | undefined): void {
  const label = textField(state.tree, "Label");
  if (label !== undefined) checkLabel(state, label);
  const config = processor && objectField(processor, "ProcessorConfig");
  if (config === undefined) return;
  const { findings } = state.definition;
  checkFields(config, processorConfigFields, "`ProcessorConfig`", { findings, node: state.name });
  checkWord(state, config, "Mode", ["INLINE", "DISTRIBUTED"]);
  checkWord(state, config, "ExecutionType", ["STANDARD", "EXPRESS"]);
  const mode = textField(config, "Mode");
  if (mode?.value !== "DISTRIBUTED" || !state.isExpress) return;
  const params = {
    fields: "`Mode: DISTRIBUTED`",
    of: `Map state \`${state.name}\``,
    why: "an Express workflow has no distributed Map",
  };
  findings.report("WF_VALIDATION_013", originOf(mode, state.name), params);
}

export function isExpressType(config: ObjectTree): boolean {
  return textField(config, "ExecutionType")?.value === "EXPRESS";
}

function checkWord(state: StateScope, config: ObjectTree, field: string, allowed: readonly string[]): void {
  const word = textField(config, field);
  if (word === undefined || hasPlaceholder(word.value) || allowed.includes(word.value)) return;
  reportWord(word, field, allowed, state);
}

/** AWS's limit on the length of a label, in characters. */
const MAX_LABEL = 40;

/** What a label may not have: control characters, white space, and what AWS calls wildcards, brackets and special characters. */
const badInLabel = /[\p{Cc}\s?*<>{}[\]"#%\\^|~`$&,;:/]/u;

/** A label names a Map's child executions. AWS wants it to be unique in the definition. */
function checkLabel({ definition, name }: StateScope, label: StringTree): void {
  const origin = originOf(label, name);
  const { value } = label;
  if (!hasPlaceholder(value) && (value === "" || [...value].length > MAX_LABEL || badInLabel.test(value))) {
    const allowed = `1 to ${MAX_LABEL} characters without white space, control characters, brackets and any of ?*"#%\\^|~\`$&,;:/`;
    const params = { field: "Label", found: JSON.stringify(value.slice(0, 60)), allowed };
    definition.findings.report("WF_VALIDATION_002", origin, params);
  }
  const earlier = definition.labels.get(value);
  if (earlier === undefined) definition.labels.set(value, origin);
  else {
    const params = { id: value.slice(0, 100), line: `${definition.lineOf(earlier.span.start)}` };
    definition.findings.report("WF_VALIDATION_005", origin, params);
  }
}
