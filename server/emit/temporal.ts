import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Program, Step } from "../ir/program.ts";
import { allRegions, stepsOf } from "../ir/regions.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { Code, Statement } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { policyCode } from "./policies.ts";
import {
  type AddedActivity,
  activityOf,
  type CallSite,
  type CallStep,
  isWord,
  outputType,
  type TargetPrinter,
  typeNamed,
} from "./target.ts";
import type { TemplateTable } from "./templates.ts";
import { activityOptions, restOfPolicy } from "./temporal-policies.ts";

const sdk = "@temporalio/workflow";

/** What a module of its own does itself, and a workflow cannot: the worker has an activity for it. */
const builtinActivities = new Map<string, AddedActivity>([
  [
    "httpRequest",
    {
      name: "http.request",
      description: "Makes an HTTP request. A status of 400 or more fails with the name HttpError.",
      input: { kind: "reference", name: "HttpRequest", args: [] },
      output: { kind: "reference", name: "HttpResponse", args: [] },
    },
  ],
]);

/** A module of a Temporal workflow: its activities are proxies, one object of them for each set of options. */
export function temporalTarget(program: Program, names: ModuleNames, templates: TemplateTable): TargetPrinter {
  const proxies = new Map<string, { readonly name: string; readonly options: Code }>();
  const added = new Map<string, AddedActivity>();

  function proxyFor(step: CallStep, expressions: ExpressionPrinter): Code {
    const options = activityOptions(step, expressions);
    const key = JSON.stringify(options);
    const proxy = proxies.get(key) ?? { name: proxyName(step), options };
    proxies.set(key, proxy);
    return { kind: "name", name: proxy.name };
  }

  /** Those without a policy are plain `activities`; others are named after the first step that has theirs. */
  function proxyName(step: CallStep): string {
    const isPlain = step.retry.length === 0 && step.timeoutMs === null && !step.heartbeatMs;
    return isPlain ? "activities" : names.fresh(`${step.step} activities`, "activities");
  }

  function activityName(step: CallStep): string {
    const builtin = step.builtin ? builtinActivities.get(step.builtin) : undefined;
    if (builtin === undefined) return step.activity;
    for (const type of [builtin.input, builtin.output]) if (type.kind === "reference") names.runtimeType(type.name);
    added.set(builtin.name, builtin);
    return builtin.name;
  }

  return {
    hasContext: false,
    runParameters: new Map([
      ["input", typeNamed("Input")],
      ["parameters", typeNamed("Parameters")],
    ]),
    addedActivities: () => [...added.values()],
    imports: (): ReadonlyMap<string, readonly string[]> =>
      proxies.size === 0 ? new Map() : new Map([[sdk, ["proxyActivities"]]]),
    declarations: () => Array.from(proxies.values(), proxyDeclaration),
    site(step, expressions): CallSite {
      if (step.template || step.isSelf) {
        const activity: Code = step.template
          ? { kind: "name", name: templates.nameOf(step.template) }
          : names.call("itself", [{ kind: "name", name: "run" }]);
        return { fn: step.template ? "perform" : "call", activity, policy: policyCode(step, expressions, names) };
      }
      return {
        fn: "call",
        activity: activityOf(proxyFor(step, expressions), activityName(step)),
        policy: policyCode(restOfPolicy(step), expressions, names),
      };
    },
    run(body) {
      const mailbox = usesChannels(program) ? [names.call("signalMailbox", [])] : [];
      return {
        parameters: [
          `${names.uses.input ? "input" : "_input"}: Input`,
          ...(program.parameters.length === 0
            ? []
            : [`${names.uses.options ? "parameters" : "_parameters"}: Parameters`]),
        ],
        result: {
          ...names.call("executeWorkflow", [body, ...mailbox]),
          ...(isWord(program.output) && { typeArgs: [outputType] }),
        },
      };
    },
  };
}

function proxyDeclaration({ name, options }: { readonly name: string; readonly options: Code }): Statement {
  return {
    kind: "declare",
    keyword: "const",
    target: { kind: "name", name },
    type: null,
    value: { kind: "call", callee: "proxyActivities<Activities>", args: [options] },
    origin: null,
  };
}

function usesChannels(program: Program): boolean {
  return allRegions(program)
    .flatMap(stepsOf)
    .some(
      (step) =>
        step.kind === "receive" ||
        (step.kind === "race" && step.alternatives.some(({ event }) => event.kind === "message")) ||
        (step.kind === "forEach" && (step.completion?.channel ?? null) !== null),
    );
}

/** What in a program cannot be a Temporal workflow, and what to do instead. */
export interface TemporalObstacle {
  readonly feature: string;
  readonly instead: string;
  readonly origin: Origin;
}

/** Code of components that reaches outside of the workflow, and what only a module by itself does in its own way. */
export function temporalObstacles(program: Program): readonly TemporalObstacle[] {
  return allRegions(program).flatMap(stepsOf).flatMap(obstaclesOf);
}

function obstaclesOf(step: Step): readonly TemporalObstacle[] {
  const { origin } = step;
  if (step.kind !== "call" && step.kind !== "forEach") return [];
  if (step.by || (step.kind === "call" && step.credentials)) {
    const feature = `what \`${step.step === "" ? "the Map" : step.step}\` does with ${formNames.get(step.by?.fn ?? "") ?? "credentials"}`;
    return [{ feature, instead: "Compile it without that, or for TARGET_MODULE.", origin }];
  }
  if (step.kind !== "call" || !step.template?.body.split(/[^\w$]+/).includes("context")) return [];
  const feature = `code of \`${step.activity}\` that uses its \`context\`, in \`${step.step}\``;
  return [{ feature, instead: "Make it an activity: what it does must be outside of the workflow.", origin }];
}

const formNames: ReadonlyMap<string, string> = new Map([
  ["callTask", "the number of retries in its input"],
  ["callForToken", "a task token"],
  ["forEachChild", "child executions"],
  ["childResults", "child executions"],
  ["readItems", "an item reader"],
  ["writeResults", "a result writer"],
]);
