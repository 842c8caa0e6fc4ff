import type { Artifact as WireArtifact } from "@workflow-compiler/proto/gen/workflow/compiler/v1/artifact.ts";
import {
  type Profile,
  type Component as WireComponent,
  Target as WireTarget,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import {
  FlowNodeKind,
  type ControlFlow as WireControlFlow,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/control_flow.ts";
import {
  Category as WireCategory,
  type Diagnostic as WireDiagnostic,
  Severity as WireSeverity,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/diagnostic.ts";
import { Format as WireFormat } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import type { Artifact, ControlFlow, Format, StageTime, Target } from "../artifact.ts";
import type { Component, ComponentCatalogue } from "../components/component.ts";
import type { Category, Severity } from "../diagnostics/catalogue.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { schemaTextOf } from "../ir/json-schema.ts";

/** Our words as the contract's, and back. */

const formats = {
  graph: WireFormat.FORMAT_GRAPH,
  "amazon-states": WireFormat.FORMAT_AMAZON_STATES,
  "open-workflow": WireFormat.FORMAT_OPEN_WORKFLOW,
  n8n: WireFormat.FORMAT_N8N,
} as const satisfies Record<Format, WireFormat>;

const categories = {
  validation: WireCategory.CATEGORY_VALIDATION,
  schema: WireCategory.CATEGORY_SCHEMA,
  compilation: WireCategory.CATEGORY_COMPILATION,
  "type-safety": WireCategory.CATEGORY_TYPE_SAFETY,
  runtime: WireCategory.CATEGORY_RUNTIME,
  configuration: WireCategory.CATEGORY_CONFIGURATION,
  internal: WireCategory.CATEGORY_INTERNAL,
} as const satisfies Record<Category, WireCategory>;

const severities = {
  error: WireSeverity.SEVERITY_ERROR,
  warning: WireSeverity.SEVERITY_WARNING,
  info: WireSeverity.SEVERITY_INFO,
} as const satisfies Record<Severity, WireSeverity>;

const formatNames = new Map<number, Format | null>([
  [WireFormat.FORMAT_UNSPECIFIED, null],
  [WireFormat.FORMAT_GRAPH, "graph"],
  [WireFormat.FORMAT_AMAZON_STATES, "amazon-states"],
  [WireFormat.FORMAT_OPEN_WORKFLOW, "open-workflow"],
  [WireFormat.FORMAT_N8N, "n8n"],
]);

const targetNames = new Map<number, Target>([
  [WireTarget.TARGET_UNSPECIFIED, "module"],
  [WireTarget.TARGET_MODULE, "module"],
  [WireTarget.TARGET_TEMPORAL, "temporal"],
]);

/** null: detect it. undefined: a value that the contract does not have. */
export function formatFromWire(format: number): Format | null | undefined {
  return formatNames.get(format);
}

/** undefined: a value that the contract does not have. */
export function targetFromWire(target: number): Target | undefined {
  return targetNames.get(target);
}

export function targetToWire(target: Target): WireTarget {
  return target === "temporal" ? WireTarget.TARGET_TEMPORAL : WireTarget.TARGET_MODULE;
}

export function formatToWire(format: Format | null): WireFormat {
  return format === null ? WireFormat.FORMAT_UNSPECIFIED : formats[format];
}

export function categoryToWire(category: Category): WireCategory {
  return categories[category];
}

export function severityToWire(severity: Severity): WireSeverity {
  return severities[severity];
}

export function diagnosticToWire(diagnostic: Diagnostic): WireDiagnostic {
  return {
    code: diagnostic.code,
    message: diagnostic.message,
    category: categories[diagnostic.category],
    severity: severities[diagnostic.severity],
    location: { ...diagnostic.location, generated: diagnostic.location.generated },
    suggestions: [...diagnostic.suggestions],
    docsLinks: [...diagnostic.docsLinks],
    cause: diagnostic.cause && diagnosticToWire(diagnostic.cause),
    context: new Map(Object.entries(diagnostic.context)),
    fixes: diagnostic.fixes.map(({ title, patch }) => ({ title, jsonPatch: JSON.stringify(patch) })),
  };
}

export function artifactToWire(artifact: Artifact): WireArtifact {
  return { ...artifact, files: [...artifact.files], activities: [...artifact.activities] };
}

const flowNodeKinds = {
  start: FlowNodeKind.FLOW_NODE_KIND_START,
  end: FlowNodeKind.FLOW_NODE_KIND_END,
  fail: FlowNodeKind.FLOW_NODE_KIND_FAIL,
  step: FlowNodeKind.FLOW_NODE_KIND_STEP,
  decision: FlowNodeKind.FLOW_NODE_KIND_DECISION,
  wait: FlowNodeKind.FLOW_NODE_KIND_WAIT,
  fork: FlowNodeKind.FLOW_NODE_KIND_FORK,
  join: FlowNodeKind.FLOW_NODE_KIND_JOIN,
  loop: FlowNodeKind.FLOW_NODE_KIND_LOOP,
} as const satisfies Record<ControlFlow["nodes"][number]["kind"], FlowNodeKind>;

export function controlFlowToWire({ nodes, edges }: ControlFlow): WireControlFlow {
  return { nodes: nodes.map((node) => ({ ...node, kind: flowNodeKinds[node.kind] })), edges: [...edges] };
}

export function profileToWire(stages: readonly StageTime[]): Profile {
  const totalMs = stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  const longest = stages.reduce<StageTime | null>((a, b) => (a === null || b.durationMs > a.durationMs ? b : a), null);
  return {
    totalMs,
    stages: stages.map(({ name, durationMs }) => ({
      name,
      durationMs,
      percentage: totalMs > 0 ? (durationMs / totalMs) * 100 : 0,
    })),
    bottleneck: longest?.name ?? "",
  };
}

/** All components, sorted by type. */
export function catalogueToWire(catalogue: ComponentCatalogue): readonly WireComponent[] {
  return catalogue.types().flatMap((type) => {
    const component = catalogue.get(type);
    return component === undefined ? [] : [componentToWire(component)];
  });
}

function componentToWire({ type, version, title, description, ...component }: Component): WireComponent {
  const config = { kind: "object", members: component.config, additional: null } as const;
  return {
    type,
    version,
    title,
    description,
    builtIn: component.implementation.kind === "builtin",
    inputs: [...component.inputs].map(([name, port]) => ({ ...port, name, schema: schemaTextOf(port.type) })),
    outputs: [...component.outputs].map(([name, port]) => ({
      ...port,
      name,
      schema: schemaTextOf(port.type),
      required: false,
    })),
    configSchema: component.config.size > 0 ? schemaTextOf(config) : "",
    errors: [...component.errors],
    exclusiveOutputs: component.exclusive,
    idempotent: component.idempotent ?? false,
  };
}
