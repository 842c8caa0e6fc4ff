import type { Program, Step } from "../ir/program.ts";
import { resolve, type Type } from "../ir/types.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { Code, Statement, TypeCode } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { policyCode } from "./policies.ts";
import type { TemplateTable } from "./templates.ts";
import { isPlainName, stringLiteral } from "./text.ts";

/** What a module is made for. */
export type TargetName = "module" | "temporal";

export type CallStep = Step & { kind: "call" };

/** How a step's call is printed: `fn(scope, step, activity, input, policy)`. */
export interface CallSite {
  /** A function of the runtime. */
  readonly fn: string;
  readonly activity: Code;
  readonly policy: Code | null;
}

/** A member that a target adds to `Activities`. */
export interface AddedActivity {
  readonly name: string;
  readonly description: string;
  readonly input: TypeCode;
  readonly output: TypeCode;
}

/** How a module is connected to its surroundings: all that differs between what modules are made for. */
export interface TargetPrinter {
  site(step: CallStep, expressions: ExpressionPrinter): CallSite;
  /** The parameters of `run`, and what it returns. */
  run(body: Code): { readonly parameters: readonly string[]; readonly result: Code };
  /** Whether activities get a context beside their input. */
  readonly hasContext: boolean;
  /** What the steps of `run` have in reach besides its scope. */
  readonly runParameters: ReadonlyMap<string, TypeCode>;
  /** Asked when all steps are printed, as the rest is. */
  addedActivities(): readonly AddedActivity[];
  /** Names that it imports from packages, by package. */
  imports(): ReadonlyMap<string, readonly string[]>;
  /** What stands before `run`. */
  declarations(): readonly Statement[];
}

/** A module that runs by itself: it gets its activities with each run. */
export function moduleTarget(program: Program, names: ModuleNames, templates: TemplateTable): TargetPrinter {
  function activityCode(step: CallStep): Code {
    if (step.isSelf) return names.call("itself", [names.scope(), { kind: "name", name: "run" }, names.activities()]);
    if (step.template) return { kind: "name", name: templates.nameOf(step.template) };
    if (step.builtin) return { kind: "name", name: names.runtimeFunction(step.builtin) };
    return activityOf(names.activities(), step.activity);
  }

  return {
    hasContext: true,
    runParameters: new Map([
      ["input", typeNamed("Input")],
      ["activities", typeNamed("Activities")],
      ["options", optionsType],
    ]),
    addedActivities: () => [],
    imports: () => new Map(),
    declarations: () => [],
    site: (step, expressions) => ({
      fn: "call",
      activity: activityCode(step),
      policy: policyCode(step, expressions, names),
    }),
    run(body) {
      const optionsType = names.runtimeType("RunOptions");
      const parameters = [
        `${names.uses.input ? "input" : "_input"}: Input`,
        `${names.uses.activities ? "activities" : "_activities"}: Activities`,
        program.parameters.length === 0
          ? `options: ${optionsType} = {}`
          : `options: ${optionsType} & { parameters: Parameters }`,
      ];
      const call = names.call("execute", [{ kind: "name", name: "options" }, body]);
      return {
        parameters,
        result: isWord(program.output) ? { ...call, typeArgs: [outputType] } : call,
      };
    },
  };
}

export const outputType: TypeCode = { kind: "reference", name: "Output", args: [] };

export function typeNamed(name: string): TypeCode {
  return { kind: "reference", name, args: [] };
}

/** What steps use of the options. */
const optionsType: TypeCode = {
  kind: "shape",
  members: [{ kind: "field", key: "parameters", optional: false, type: typeNamed("Parameters"), comment: [] }],
};

/** Whether TypeScript would widen what is returned: of `return "open"` it infers `string` where nothing says otherwise. */
export function isWord(type: Type): boolean {
  const resolved = resolve(type);
  return resolved.kind === "literal" || (resolved.kind === "union" && resolved.of.some(isWord));
}

/** `of.charge` or `of["payments.charge"]` */
export function activityOf(of: Code, name: string): Code {
  return isPlainName(name)
    ? { kind: "member", of, name, optional: false }
    : { kind: "index", of, key: { kind: "string", raw: stringLiteral(name) }, optional: false };
}
