import { runChecks } from "../../server/checks/checks.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import type { Diagnostic, Finding } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { graphToProgram } from "../../server/frontends/graph/graph.ts";
import type { Flow, Program, Region, Step, Task } from "../../server/ir/program.ts";
import { defaultLimits, parseSource } from "../../server/source/parse.ts";

export interface Analysis {
  readonly program: Program | null;
  readonly findings: readonly Finding[];
  readonly diagnostics: readonly Diagnostic[];
  /** Code and pointer of each error and warning, in the order of the document. */
  readonly problems: readonly string[];
}

const builtIn = createCatalogue(new Map());

export function analyse(text: string, options: { allowInlineCode?: boolean } = {}): Analysis {
  const findings = createFindings();
  const source = parseSource(Buffer.from(text), defaultLimits, findings);
  const program = source.document && graphToProgram(source.document, { findings, components: builtIn, ...options });
  if (program !== null) runChecks(program, findings);
  const diagnostics = render(findings.list, source.text);
  return {
    program,
    findings: findings.list,
    diagnostics,
    problems: diagnostics.flatMap(({ code, location, severity }) =>
      severity === "info" ? [] : [`${code} ${location.field}`],
    ),
  };
}

/** A workflow around some fields of `spec`, which are written from column 1. */
export function workflow(spec: string): string {
  const body = spec.trim().replaceAll(/^/gm, "  ");
  return `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: test }\nspec:\n${body}\n`;
}

/** Two activities that most tests need: one port in and one out, and ports that exclude each other. */
export const components = `
input: { type: object, required: [n, name], properties: { n: { type: number }, name: { type: string }, note: { type: string } } }
components:
  - type: t.step
    config: { type: object, properties: { unit: { enum: [m, kg] } } }
    inputs: { in: { schema: { type: number } }, text: { schema: { type: string } } }
    outputs: { out: { schema: { type: number } } }
    errors: [Broken]
  - type: t.need
    inputs: { value: { schema: { type: number }, required: true } }
    outputs: { a: { schema: { type: string } }, b: { schema: { type: number } } }
  - type: t.choose
    exclusive: true
    outputs: { yes: { schema: { type: number } }, no: { schema: { type: string } } }
`;

export function flowOf(analysis: Analysis): Flow {
  if (analysis.program === null) throw new Error(`no program: ${analysis.problems.join(", ")}`);
  return asFlow(analysis.program.body);
}

export function asFlow(region: Region): Flow {
  if (region.kind !== "flow") throw new Error(`a ${region.kind}, not a flow`);
  return region;
}

export function taskOf(flow: Flow, id: string): Task {
  const task = flow.tasks.find((one) => one.id === id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

export function stepOf<K extends Step["kind"]>(steps: readonly Step[], kind: K): Extract<Step, { kind: K }> {
  for (const step of steps) if (isKind(step, kind)) return step;
  throw new Error(`no step of kind ${kind}`);
}

function isKind<K extends Step["kind"]>(step: Step, kind: K): step is Extract<Step, { kind: K }> {
  return step.kind === kind;
}
