import type { Origin } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { announce } from "../../ir/announce.ts";
import type { Block, Jumps } from "../../ir/program.ts";
import { get, type Member, type ObjectTree, originOf, type Tree } from "../../source/tree.ts";
import { checkFields, listField, objectField, textField } from "./fields.ts";
import { describe } from "./payload.ts";
import {
  assign,
  type Definition,
  localVariable,
  type MachineContext,
  type MachineScope,
  type QueryLanguage,
  type StateScope,
} from "./scope.ts";
import { stateFields } from "./state-fields.ts";
import { compileState } from "./states.ts";
import { createVariables, type MachineVariables, noVariables } from "./variables.ts";

/** AWS's limit on the length of a state's name, in characters. */
const MAX_NAME = 80;

/** Compiles an object with StartAt and States: one block for each state, with the state's name, and one to begin with. */
export function compileMachine(tree: ObjectTree, context: MachineContext): Jumps | null {
  const { definition } = context;
  const states = objectField(tree, "States");
  const start = textField(tree, "StartAt");
  if (states === undefined || start === undefined) {
    definition.broken = true;
    return null;
  }
  const stateNames = new Set(states.byKey.keys());
  const variables = createVariables(states, start.value, context.variables ?? noVariables);
  const machineLanguage = queryLanguage(tree, definition, "", context.language);
  const scope: MachineScope = {
    definition,
    data: localVariable("data"),
    item: context.item,
    executionInput: context.executionInput ?? null,
    isExpress: context.isExpress,
    stateNames,
    machineLanguage,
    opening: { state: start.value, comment: tree === definition.root ? "" : commentOf(tree) },
    end: context.end,
  };
  if (!stateNames.has(start.value)) {
    const near = definition.nearestState(start.value, stateNames);
    const fixes =
      near === ""
        ? []
        : [{ title: `Start at \`${near}\``, patch: [{ op: "replace" as const, path: start.pointer, value: near }] }];
    definition.findings.report(
      "WF_VALIDATION_008",
      originOf(start),
      { target: start.value.slice(0, 100), field: "StartAt", nearest: near },
      { fixes },
    );
    definition.broken = true;
  }
  let entry = "(start)";
  while (stateNames.has(entry)) entry += "*";
  const origin = originOf(start);
  checkEnd(states, definition);
  const blocks = states.members.flatMap((member) => compileMember(member, scope, variables));
  const first: Block = {
    label: entry,
    origin,
    steps: [...variables.initial(origin), assign(scope.data, context.input, origin)],
    end: { kind: "jump", to: start.value },
  };
  return {
    kind: "jumps",
    entry,
    isStrict: true,
    blocks: new Map([first, ...blocks].map((block) => [block.label, block])),
  };
}

/** One state at least must end the machine: AWS refuses it otherwise. */
function checkEnd(states: ObjectTree, definition: Definition): void {
  const isEnd = ({ value }: Member): boolean => {
    const type = get(value, "Type");
    const end = get(value, "End");
    if (value.kind !== "object" || type?.kind !== "string" || !stateFields.has(type.value)) return true;
    if (type.value === "Succeed" || type.value === "Fail") return true;
    const rules = listField(value, "Choices");
    const isKnown = (from: Tree): boolean => states.byKey.has(textField(from, "Next")?.value ?? "");
    const leadsOn = type.value === "Choice" ? rules.length > 0 && rules.every(isKnown) : isKnown(value);
    return !leadsOn || end?.kind === "string" || (end?.kind === "boolean" && end.value);
  };
  if (states.members.length === 0 || states.members.some(isEnd)) return;
  const of = "the state machine, which no state ends,";
  definition.findings.report("WF_VALIDATION_001", originOf(states), { field: "End", of });
  definition.broken = true;
}

function compileMember(member: Member, scope: MachineScope, variables: MachineVariables): readonly Block[] {
  const { definition } = scope;
  const { key: name, value: tree } = member;
  checkName(member, scope);
  if (tree.kind !== "object") {
    const params = { field: name.slice(0, 100), found: describe(tree), allowed: "a state, which is an object" };
    definition.findings.report("WF_VALIDATION_002", originOf(tree, name), params);
    definition.broken = true;
    return [];
  }
  const language = queryLanguage(tree, definition, name, scope.machineLanguage);
  const origin = originOf(tree, name);
  const state: StateScope = { ...scope, name, tree, origin, language, variables: variables.at(name) };
  const type = textField(tree, "Type");
  const table = type && stateFields.get(type.value);
  if (table === undefined) {
    reportType(state);
    return [];
  }
  const of = `${type?.value} state \`${name}\``;
  checkFields(tree, table, of, { findings: definition.findings, node: name, language });
  const { steps, end, extra = [] } = compileState(type?.value ?? "", state);
  return [announceBlock({ label: name, origin: state.origin, steps, end }, state), ...extra];
}

function announceBlock(block: Block, { name, origin, tree, opening }: StateScope): Block {
  const comments = [...(opening.state === name ? [opening.comment] : []), commentOf(tree)];
  const announced = { name, origin, comment: comments.filter((text) => text !== "").join("\n") };
  const { end } = block;
  if (end.kind !== "attempt") return { ...block, steps: announce(block.steps, announced) };
  return { ...block, end: { ...end, steps: announce(end.steps, announced) } };
}

function commentOf(tree: ObjectTree): string {
  return textField(tree, "Comment")?.value.trim() ?? "";
}

function checkName({ key: name, keySpan, value }: Member, { definition }: MachineScope): void {
  const origin: Origin = { span: keySpan, pointer: value.pointer, node: name };
  const earlier = definition.stateNames.get(name);
  if (earlier === undefined) definition.stateNames.set(name, origin);
  else
    definition.findings.report("WF_VALIDATION_005", origin, {
      id: name.slice(0, 100),
      line: `${definition.lineOf(earlier.span.start)}`,
    });
  if (name === "") definition.findings.report("WF_VALIDATION_014", origin, { name, why: "it is empty" });
  const length = [...name].length;
  if (length <= MAX_NAME) return;
  const why = `it has ${length} characters; the limit is ${MAX_NAME}`;
  definition.findings.report("WF_VALIDATION_014", origin, { name: name.slice(0, 100), why });
}

function reportType(state: StateScope): void {
  const { definition, tree, name } = state;
  const type = get(tree, "Type");
  definition.broken = true;
  if (type === undefined) {
    definition.findings.report("WF_VALIDATION_001", originOf(tree, name), { field: "Type", of: `state \`${name}\`` });
    return;
  }
  const known = [...stateFields.keys()];
  const near = type.kind === "string" ? nearest(type.value, known) : "";
  const fixes =
    near === ""
      ? []
      : [{ title: `Write \`${near}\``, patch: [{ op: "replace" as const, path: type.pointer, value: near }] }];
  const allowed = near === "" ? `one of ${known.join(", ")}` : `one of ${known.join(", ")}; did you mean \`${near}\`?`;
  definition.findings.report(
    "WF_VALIDATION_002",
    originOf(type, name),
    { field: "Type", found: describe(type), allowed },
    { fixes },
  );
}

/** The query language of a machine or state. One in JSONata has no states in JSONPath. */
function queryLanguage(tree: ObjectTree, definition: Definition, node: string, around: QueryLanguage): QueryLanguage {
  const given = get(tree, "QueryLanguage");
  if (given === undefined) return around;
  const isKnown = given.kind === "string" && (given.value === "JSONPath" || given.value === "JSONata");
  if (isKnown && (around === "JSONPath" || given.value === "JSONata")) {
    return given.value === "JSONata" ? "JSONata" : "JSONPath";
  }
  const allowed = isKnown ? "`JSONata`, because the whole state machine is in JSONata" : "`JSONPath` or `JSONata`";
  const params = { field: "QueryLanguage", found: describe(given), allowed };
  definition.findings.report("WF_VALIDATION_002", originOf(given, node), params);
  return around;
}
