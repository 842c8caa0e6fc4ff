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

/**
 * Makes a program of a state machine in the Amazon States Language (states-language.net). Its data are JSON of unknown
 * type; each state becomes a block of a goto graph that works on one variable with the data.
 */
export function amazonStatesToProgram(document: Document, context: FrontEndContext): Program | null {
  const { root } = document;
  if (root.kind !== "object") {
    context.findings.report("WF_SOURCE_013", originOf(root), { found: describe(root) });
    return null;
  }
  const definition = createDefinition(document, context);
  checkFields(root, machineFields, "the state machine", { findings: context.findings, node: "" });
  const body = compileBody(root, definition);
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

/** How many names are compared in all to find what misspelt transitions meant. Takes less than 0.1 s. */
const MAX_COMPARISONS = 200_000;

function createDefinition(document: Document, { findings }: FrontEndContext): Definition {
  const input: Variable = { name: "input", type: unknown, role: "input" };
  let lines: Lines | null = null;
  let comparisons = 0;
  return {
    findings,
    input,
    name: "state-machine",
    substitutions: createSubstitutions(document.root),
    activities: createActivities(),
    stateNames: new Map(),
    nearestState(name, known) {
      comparisons += known.size;
      return comparisons > MAX_COMPARISONS ? "" : nearest(name, known);
    },
    lineOf(offset) {
      lines ??= createLines(document.text);
      return lines.at(offset).line;
    },
    compileMachine,
    broken: false,
  };
}

function compileBody(root: ObjectTree, definition: Definition): Region | null {
  const input = read(definition.input, originOf(root));
  if (get(root, "TimeoutSeconds") === undefined) {
    return compileMachine(root, {
      definition,
      item: null,
      language: "JSONPath",
      input,
      end: (value, origin) => [{ kind: "finish", value, origin }],
    });
  }
  return compileLimited(root, definition, input);
}

/** A machine with a time limit for all of it: the result is kept outside of the scope that has the limit. */
function compileLimited(root: ObjectTree, definition: Definition, input: Expression): Region | null {
  const origin = originOf(root);
  const result = localVariable("result");
  const body = compileMachine(root, {
    definition,
    item: null,
    language: "JSONPath",
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
