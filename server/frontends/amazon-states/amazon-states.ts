import type { Findings } from "../../diagnostics/diagnostic.ts";
import { createLines, type Lines } from "../../diagnostics/lines.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { literal } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Program, Region, Step } from "../../ir/program.ts";
import { integer, unknown } from "../../ir/types.ts";
import { withoutUnread } from "../../ir/unread.ts";
import { type Document, get, type ObjectTree, originOf } from "../../source/tree.ts";
import type { FrontEndContext } from "../front-end.ts";
import { createActivities, taskContext } from "./activities.ts";
import { checkFields, numberField, textField } from "./fields.ts";
import { compileMachine } from "./machine.ts";
import { describe } from "./payload.ts";
import { assign, type Definition, localVariable, noRetry, read } from "./scope.ts";
import { machineFields } from "./state-fields.ts";
import { createSubstitutions } from "./substitutions.ts";
import { type FoundMachine, findMachines } from "./template.ts";

/**
 * Makes a program of a state machine in the Amazon States Language (states-language.net). Its data are JSON of unknown
 * type; each state becomes a block of a goto graph that works on one variable with the data. Of a template with several
 * the first becomes the program, and what is wrong in the others is reported too.
 */
export function amazonStatesToProgram(document: Document, context: FrontEndContext): Program | null {
  if (document.root.kind !== "object") {
    context.findings.report("WF_SOURCE_013", originOf(document.root), { found: describe(document.root) });
    return null;
  }
  const [first, ...others] = findMachines(document.root, context.findings);
  if (first === undefined) return null;
  for (const other of others) compileFound(document.text, other, context.findings);
  return compileFound(document.text, first, context.findings);
}

function compileFound(text: string, machine: FoundMachine, all: Findings): Program | null {
  const findings = machine.isText ? withoutFixes(all) : all;
  const { tree: root } = machine;
  const definition = createDefinition(text, machine, findings);
  checkFields(root, machineFields, "the state machine", { findings, node: "" });
  const body = compileBody(root, definition, machine.isExpress);
  if (body === null || definition.broken) return null;
  const { substitutions, activities, input } = definition;
  return {
    name: definition.name,
    version: "",
    title: "",
    description: textField(root, "Comment")?.value ?? "",
    input: unknown,
    output: unknown,
    declarations: [],
    activities: activities.declared,
    ...(activities.declared.some(({ context }) => context === taskContext) && { exports: ["createTasks"] }),
    parameters: substitutions.declared,
    inputVariable: input,
    parametersVariable: substitutions.variable,
    body: withoutUnread(body),
  };
}

/** Findings in a text within the document: a fix would have to change the text. */
function withoutFixes(findings: Findings): Findings {
  return {
    report: (code, origin, params, { fixes: _fixes, ...more } = {}) => findings.report(code, origin, params, more),
    list: findings.list,
    get failed() {
      return findings.failed;
    },
  };
}

/** How many names are compared in all to find what misspelt transitions meant. Takes less than 0.1 s. */
const MAX_COMPARISONS = 200_000;

function createDefinition(text: string, { tree: root, name }: FoundMachine, findings: Findings): Definition {
  const input: Variable = { name: "input", type: unknown, role: "input" };
  let lines: Lines | null = null;
  let comparisons = 0;
  return {
    findings,
    input,
    root,
    name: name === "" ? "state-machine" : name,
    substitutions: createSubstitutions(root),
    activities: createActivities(),
    stateNames: new Map(),
    labels: new Map(),
    nearestState(name, known) {
      comparisons += known.size;
      return comparisons > MAX_COMPARISONS ? "" : nearest(name, known);
    },
    lineOf(offset) {
      lines ??= createLines(text);
      return lines.at(offset).line;
    },
    compileMachine,
    broken: false,
  };
}

function compileBody(root: ObjectTree, definition: Definition, isExpress: boolean): Region | null {
  const input = read(definition.input, originOf(root));
  if (get(root, "TimeoutSeconds") === undefined) {
    return compileMachine(root, {
      definition,
      item: null,
      language: "JSONPath",
      isExpress,
      input,
      end: (value, origin) => [{ kind: "finish", value, origin }],
    });
  }
  return compileLimited(root, definition, isExpress, input);
}

/** A machine with a time limit for all of it: the result is kept outside of the scope that has the limit. */
function compileLimited(
  root: ObjectTree,
  definition: Definition,
  isExpress: boolean,
  input: Expression,
): Region | null {
  const origin = originOf(root);
  const result = localVariable("result");
  const body = compileMachine(root, {
    definition,
    item: null,
    language: "JSONPath",
    isExpress,
    input,
    end: (value, at) => [assign(result, value, at), { kind: "finish", value: null, origin: at }],
  });
  if (body === null) return null;
  const text = textField(root, "TimeoutSeconds");
  const seconds = text === undefined ? null : definition.substitutions.text(text.value, originOf(text));
  const timeoutMs: Expression =
    seconds === null
      ? { ...literal((numberField(root, "TimeoutSeconds") ?? 0) * 1000, origin), type: integer }
      : { kind: "binary", operator: "*", left: seconds, right: literal(1000, origin), type: integer, origin };
  const limited: Step = {
    kind: "scope",
    step: "",
    body,
    timeoutMs,
    timeoutError: "States.Timeout",
    retry: noRetry,
    origin,
  };
  return { kind: "sequence", steps: [limited, { kind: "finish", value: read(result, origin), origin }] };
}
