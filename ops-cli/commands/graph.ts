import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { flag, list, object, oneOf, text } from "../schema.ts";
import { findingSchema } from "../validation-schema.ts";

export class Graph extends WfopsCommand<typeof Graph> {
  static override summary = "Draw what a compiled workflow does in which order.";
  static override description =
    "Prints a flowchart of the structured program that the module is printed from. Dashed ways are gone on failure. Exits with 100 where the definition has errors.";
  static override examples = [
    "<%= config.bin %> graph order.yaml",
    "<%= config.bin %> graph order.yaml --format svg > order.svg",
    "<%= config.bin %> graph order.yaml --format dot | dot -Tpng > order.png",
  ];
  static override args = {
    file: Args.string({ description: "A definition, or - for standard input.", required: true, ignoreStdin: true }),
  };
  static override flags = {
    format: Flags.string({
      description: "What to draw it as: text for Mermaid or for Graphviz, or a picture.",
      options: ["mermaid", "dot", "svg"],
      default: "mermaid",
    }),
    "allow-inline-code": Flags.boolean({ description: "Let the definition bring code of its own.", default: false }),
  };
  static override schema = object({
    path: text,
    nodes: list(
      object({
        id: text,
        kind: oneOf("start", "end", "fail", "step", "decision", "wait", "fork", "join", "loop"),
        label: text,
        nodeId: text,
        line: { type: "integer", minimum: 0 },
      }),
    ),
    edges: list(object({ from: text, to: text, label: text, onFailure: flag, back: flag })),
    findings: list(findingSchema),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Graph>,
    { file }: ArgsOf<typeof Graph>,
  ): Promise<Outcome> {
    const { showGraph } = await import("../views.ts");
    return showGraph(session, file, flags.format, flags["allow-inline-code"]);
  }
}
