import { booleanField, checkFields, objectOrReport, type Place, reportValue } from "../../components/fields.ts";
import { coerce } from "../../expressions/coerce.ts";
import { compileValue } from "../../expressions/template.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Completion } from "../../ir/program.ts";
import { boolean, integer } from "../../ir/types.ts";
import { originOf, type Tree } from "../../source/tree.ts";
import type { LowerParts } from "./lowered.ts";
import { createScope, environmentOf, type Scope } from "./scope.ts";
import { channelOf } from "./waits.ts";

/** `completion` and `channel` of a `core.forEach`. `result`: the list of its outputs. */
export function completionOf(parts: LowerParts, result: Variable): Completion {
  const { node, inputs, controls, context } = parts;
  const place = { findings: context.findings, node: node.id };
  const tree = inputs.tree("completion");
  const object = tree === null ? null : objectOrReport(tree, "completion", place);
  const channel = inputs.tree("channel");
  const results: Variable = { name: "results", type: result.type, role: "bound" };
  const given = (field: string): Tree | null => object?.byKey.get(field)?.value ?? null;
  if (object !== null) {
    checkFields(object, "`completion`", ["count", "when", "cancel"], [], place);
    checkEnd(object, place);
  }
  return {
    count: countOf(parts, given("count")),
    until: conditionOf(parts, given("when"), results),
    results,
    cancelsRest: object !== null && booleanField(object, "cancel", place),
    channel: channel === null ? null : channelOf(channel, place),
    isCompletable: controls.isCompletable(node),
  };
}

/** Of `count` and `when` it has one. */
function checkEnd(object: Tree & { kind: "object" }, { findings, node }: Place): void {
  const given = ["count", "when"].filter((field) => object.byKey.has(field)).length;
  const origin = originOf(object, node);
  if (given === 0) findings.report("WF_VALIDATION_001", origin, { field: "count", of: "`completion`" });
  if (given < 2) return;
  const why = "one of them says when the loop is complete";
  findings.report("WF_VALIDATION_013", origin, { fields: "`count` and `when`", of: "`completion`", why });
}

function countOf({ node, scope, context }: LowerParts, tree: Tree | null): Expression | null {
  const value = tree && compileValue(tree, environmentOf(scope, node, node.id, context.findings));
  if (tree === null || value === null) return null;
  if (value.kind === "literal" && typeof value.value === "number" && value.value < 0)
    reportValue(tree, "count", "a whole number from 0", { findings: context.findings, node: node.id });
  return coerce(value, integer, `\`completion.count\` of \`${node.id}\``, context.findings);
}

function conditionOf(
  { node, scope, certainty, context }: LowerParts,
  tree: Tree | null,
  results: Variable,
): Expression | null {
  const { findings } = context;
  const inner: Scope = createScope({
    variables: new Map([["results", results]]),
    nodes: new Map(),
    ports: new Map(),
    certainty,
    outer: { scope, user: node },
    findings,
  });
  const value = tree && compileValue(tree, environmentOf(inner, node, node.id, findings));
  return value && coerce(value, boolean, `\`completion.when\` of \`${node.id}\``, findings);
}
