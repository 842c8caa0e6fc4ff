import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import { amazonStatesToProgram } from "../../server/frontends/amazon-states/amazon-states.ts";
import type { Program } from "../../server/ir/program.ts";
import { defaultLimits, parseSource } from "../../server/source/parse.ts";
import { showProgram } from "./show.ts";

/** A definition, as text or as a value, made into a program. Findings are `CODE pointer`, in the order of the text. */
export function compile(definition: unknown): {
  program: Program | null;
  findings: string[];
  lines: string[];
  text: string;
  places: number[];
} {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition, null, 2);
  const findings = createFindings();
  const { document } = parseSource(new TextEncoder().encode(text), defaultLimits, findings);
  const program =
    document && amazonStatesToProgram(document, { findings, components: { get: () => undefined, types: [] } as never });
  const diagnostics = render(findings.list, text);
  return {
    program,
    findings: diagnostics.map(({ code, location }) => `${code} ${location.field}`),
    lines: program === null ? [] : showProgram(program),
    text,
    places: findings.list.map(({ origin }) => origin.span.start),
  };
}

/** A machine of one state that ends, unless the state says otherwise. */
export function machine(state: Readonly<Record<string, unknown>>, others: Readonly<Record<string, unknown>> = {}) {
  const ends = ["Choice", "Succeed", "Fail"].includes(String(state["Type"])) || "Next" in state;
  return { StartAt: "A", States: { A: { ...state, ...(ends ? {} : { End: true }) }, ...others } };
}
