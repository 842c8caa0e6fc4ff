import type { Component, ComponentCatalogue } from "../../components/component.ts";
import type { Findings, Origin } from "../../diagnostics/diagnostic.ts";
import { isAssignable } from "../../ir/assignable.ts";
import type { ActivityDeclaration } from "../../ir/program.ts";
import { typeOfSchema } from "../../ir/schema.ts";
import type { Type, TypeDeclaration } from "../../ir/types.ts";
import type { Tree } from "../../source/tree.ts";

/** What all parts of the front end share while they work on one document. */
export interface GraphContext {
  readonly findings: Findings;
  readonly components: ComponentCatalogue;
  /** The types and activities of the program, in the order in which nodes use them. */
  readonly declarations: Set<TypeDeclaration>;
  readonly activities: Map<string, ActivityDeclaration>;
  /** The workflow itself. */
  readonly self: {
    readonly name: string;
    readonly input: Type;
    /** Null where the definition has no schema of it. */
    readonly output: Type | null;
    /** The types of the outputs that it is ended with early, where `output` is null. */
    readonly early: Type[];
  };
  lineOf(origin: Origin): string;
}

export function schemaType(
  tree: Tree,
  name: string,
  node: string,
  context: Pick<GraphContext, "declarations" | "findings">,
): Type {
  const declare = (declaration: TypeDeclaration): unknown => context.declarations.add(declaration);
  return typeOfSchema(tree, { findings: context.findings, node, name, declare });
}

/** Nodes that call the same activity share its declaration; they must agree on its types. */
export function declareActivity(activity: ActivityDeclaration, component: Component, context: GraphContext): void {
  const known = context.activities.get(activity.name);
  if (known === undefined) {
    context.activities.set(activity.name, activity);
    for (const declaration of component.declarations) context.declarations.add(declaration);
  } else if (!sameType(known.input, activity.input) || !sameType(known.output, activity.output)) {
    const why = `line ${context.lineOf(known.origin)} calls the same activity with other types`;
    context.findings.report("WF_VALIDATION_014", activity.origin, { name: activity.name, why });
  }
}

function sameType(a: Type, b: Type): boolean {
  return a === b || (isAssignable(a, b) === null && isAssignable(b, a) === null);
}
