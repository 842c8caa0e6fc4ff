import type { Findings } from "../../diagnostics/diagnostic.ts";
import { createFindings } from "../../diagnostics/findings.ts";
import { defaultLimits, parseSource } from "../../source/parse.ts";
import { get, type Member, type ObjectTree, originOf, originOfKey, type StringTree } from "../../source/tree.ts";
import { movedInto, originMoved } from "./embedded-text.ts";
import { objectField } from "./fields.ts";
import { describe } from "./payload.ts";
import { resolved } from "./template-functions.ts";

/** A state machine, by itself or in a template. */
export interface FoundMachine {
  readonly tree: ObjectTree;
  /** Of the resource, where it stands in a template. */
  readonly name: string;
  /** Within a text: nothing in it can be mended by its pointer. */
  readonly isText: boolean;
}

const machineTypes = ["AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"];
const bodies = ["Definition", "DefinitionBody", "DefinitionString"];
const elsewhere = ["DefinitionUri", "DefinitionS3Location"];

/** The state machine of a document; of a CloudFormation or SAM template the first one. Null where it was reported that there is none. */
export function findMachine(root: ObjectTree, findings: Findings): FoundMachine | null {
  const resources = objectField(root, "Resources");
  if (resources === undefined || root.byKey.has("StartAt") || root.byKey.has("States"))
    return { tree: root, name: "", isText: false };
  const resource = resources.members.find(({ value }) => {
    const type = get(value, "Type");
    return type?.kind === "string" && machineTypes.includes(type.value);
  });
  if (resource === undefined) {
    const allowed = `with a resource of type ${machineTypes.map((type) => `\`${type}\``).join(" or ")}`;
    findings.report("WF_VALIDATION_002", originOf(resources), { field: "Resources", found: "an object", allowed });
    return null;
  }
  return machineOf(resource, findings);
}

function machineOf(resource: Member, findings: Findings): FoundMachine | null {
  const properties = objectField(resource.value, "Properties");
  const found = properties?.members.find(({ key }) => bodies.includes(key));
  if (found === undefined) {
    const other = properties?.members.find(({ key }) => elsewhere.includes(key));
    if (other === undefined) {
      const params = { field: "Definition", of: `the state machine \`${resource.key}\`` };
      findings.report("WF_VALIDATION_001", originOf(properties ?? resource.value), params);
    } else {
      const params = { feature: `a definition in another file (\`${other.key}\`)`, instead: "Send that file itself." };
      findings.report("WF_COMPILE_003", originOfKey(other), params);
    }
    return null;
  }
  const tree = resolved(found.value, findings);
  if (tree.kind === "object") return { tree, name: resource.key, isText: false };
  if (tree.kind === "string") return parsed(tree, resource.key, findings);
  const params = { field: found.key, found: describe(tree), allowed: "an object or a text with the definition" };
  findings.report("WF_VALIDATION_002", originOf(tree), params);
  return null;
}

/** A definition that is a text within the template, with its places in the template. */
function parsed(text: StringTree, name: string, findings: Findings): FoundMachine | null {
  const own = createFindings();
  const { document } = parseSource(new TextEncoder().encode(text.value), defaultLimits, own);
  for (const { code, params, origin } of own.list) findings.report(code, originMoved(origin, text), params);
  if (document === null) return null;
  const tree = movedInto(document.root, text);
  if (tree.kind === "object") return { tree, name, isText: true };
  findings.report("WF_SOURCE_013", originOf(text), { found: describe(tree) });
  return null;
}
