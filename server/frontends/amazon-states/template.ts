import type { Findings } from "../../diagnostics/diagnostic.ts";
import { createFindings } from "../../diagnostics/findings.ts";
import { defaultLimits, parseSource } from "../../source/parse.ts";
import { type Member, type ObjectTree, originOf, originOfKey, type StringTree } from "../../source/tree.ts";
import { movedInto, originMoved } from "./embedded-text.ts";
import { objectField, textField } from "./fields.ts";
import { describe } from "./payload.ts";
import { resolved } from "./template-functions.ts";

/** A state machine, by itself or in a template. */
export interface FoundMachine {
  readonly tree: ObjectTree;
  /** Of the resource, where it stands in a template. */
  readonly name: string;
  /** Within a text: nothing in it can be mended by its pointer. */
  readonly isText: boolean;
  /** Whether the template says that it is for an Express workflow. */
  readonly isExpress: boolean;
}

const machineTypes = ["AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"];
const bodies = ["Definition", "DefinitionBody", "DefinitionString"];
const elsewhere = ["DefinitionUri", "DefinitionS3Location"];

/**
 * The state machine of a document; of a CloudFormation or SAM template all of them, the first one to be compiled. Empty where
 * it was reported that there is none.
 */
export function findMachines(root: ObjectTree, findings: Findings): readonly FoundMachine[] {
  const resources = objectField(root, "Resources");
  if (resources === undefined || root.byKey.has("StartAt") || root.byKey.has("States"))
    return [{ tree: root, name: "", isText: false, isExpress: false }];
  const found = resources.members.filter(({ value }) => machineTypes.includes(textField(value, "Type")?.value ?? ""));
  const [first] = found;
  if (first === undefined) {
    const allowed = `with a resource of type ${machineTypes.map((type) => `\`${type}\``).join(" or ")}`;
    findings.report("WF_VALIDATION_002", originOf(resources), { field: "Resources", found: "an object", allowed });
    return [];
  }
  const here = found.filter((resource) => definitionOf(resource) !== undefined);
  const [compiled, ...others] = here;
  if (compiled === undefined) {
    reportNowhere(first, findings);
    return [];
  }
  if (found.length > 1) reportOthers(compiled, found, findings);
  return [compiled, ...others].flatMap((resource) => machineOf(resource, findings) ?? []);
}

function definitionOf({ value }: Member): Member | undefined {
  return objectField(value, "Properties")?.members.find(({ key }) => bodies.includes(key));
}

/** At the machine that is compiled: what else is in the template. */
function reportOthers(compiled: Member, all: readonly Member[], findings: Findings): void {
  const names = all.filter((resource) => resource !== compiled).map(({ key }) => `\`${key.slice(0, 100)}\``);
  const more = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : "";
  const params = { compiled: compiled.key.slice(0, 100), others: names.slice(0, maxNamed).join(", ") + more };
  findings.report("WF_SOURCE_015", originOfKey(compiled), params);
}

/** More machines of a template are not named in a message. */
const maxNamed = 10;

function reportNowhere(resource: Member, findings: Findings): void {
  const properties = objectField(resource.value, "Properties");
  const other = properties?.members.find(({ key }) => elsewhere.includes(key));
  if (other === undefined) {
    const params = { field: "Definition", of: `the state machine \`${resource.key}\`` };
    findings.report("WF_VALIDATION_001", originOf(properties ?? resource.value), params);
  } else {
    const params = { feature: `a definition in another file (\`${other.key}\`)`, instead: "Send that file itself." };
    findings.report("WF_COMPILE_003", originOfKey(other), params);
  }
}

function machineOf(resource: Member, findings: Findings): FoundMachine | null {
  const found = definitionOf(resource);
  if (found === undefined) return null;
  const more = { name: resource.key, isExpress: isExpress(resource) };
  const tree = resolved(found.value, findings);
  if (tree.kind === "object") return { tree, isText: false, ...more };
  if (tree.kind === "string") {
    const inside = parsed(tree, findings);
    return inside && { tree: inside, isText: true, ...more };
  }
  const params = { field: found.key, found: describe(tree), allowed: "an object or a text with the definition" };
  findings.report("WF_VALIDATION_002", originOf(tree), params);
  return null;
}

/** `StateMachineType` of CloudFormation, `Type` of SAM. */
function isExpress({ value }: Member): boolean {
  const properties = objectField(value, "Properties");
  if (properties === undefined) return false;
  return ["StateMachineType", "Type"].some((field) => textField(properties, field)?.value === "EXPRESS");
}

/** A definition that is a text within the template, with its places in the template. */
function parsed(text: StringTree, findings: Findings): ObjectTree | null {
  const own = createFindings();
  const { document } = parseSource(new TextEncoder().encode(text.value), defaultLimits, own);
  for (const { code, params, origin } of own.list) findings.report(code, originMoved(origin, text), params);
  if (document === null) return null;
  const tree = movedInto(document.root, text);
  if (tree.kind === "object") return tree;
  findings.report("WF_SOURCE_013", originOf(text), { found: describe(tree) });
  return null;
}
