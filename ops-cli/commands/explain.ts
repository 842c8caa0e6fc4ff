import { Args } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { categoryName, severityName } from "../words.ts";

export class Explain extends WfopsCommand<typeof Explain> {
  static override summary = "Explain a diagnostic's code.";
  static override examples = ["<%= config.bin %> explain WF_SCHEMA_001"];
  static override args = { code: Args.string({ description: "Such as WF_SCHEMA_001.", required: true }) };
  static override schema = {
    type: "object",
    required: ["code", "title", "category", "severity", "message", "suggestions", "docsLinks"],
    properties: {
      code: { type: "string" },
      title: { type: "string" },
      category: { type: "string" },
      severity: { enum: ["error", "warning", "info"] },
      message: { type: "string" },
      suggestions: { type: "array", items: { type: "string" } },
      docsLinks: { type: "array", items: { type: "string" } },
    },
  };

  protected async work(
    session: Session,
    _flags: FlagsOf<typeof Explain>,
    { code }: ArgsOf<typeof Explain>,
  ): Promise<Outcome> {
    const { CompilerServiceService: contract } = await import(
      "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts"
    );
    const { firstAnswer } = await import("../fleet.ts");
    const { category, severity, ...answer } = await firstAnswer(await session.servers(), (server) =>
      server.call(contract.explainDiagnostic, { code: code.toUpperCase() }),
    );
    const data = { ...answer, category: categoryName(category), severity: severityName(severity) };
    const { style } = session.terminal;
    const lines = [
      `${style("bold", data.code)} ${data.title} ${style("dim", `(${data.severity}, ${data.category})`)}`,
      "",
      data.message,
      "",
      ...data.suggestions.map((suggestion) => `  ${style("dim", "→")} ${suggestion}`),
      ...data.docsLinks.map((link) => `  ${style("dim", "see")} ${link}`),
    ];
    return { data, text: lines.join("\n") };
  }
}
