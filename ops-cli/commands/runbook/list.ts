import { type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { list, object, text } from "../../schema.ts";

export class RunbookList extends WfopsCommand<typeof RunbookList> {
  static override summary = "List the runbooks.";
  static override examples = ["<%= config.bin %> runbook list"];
  static override schema = object({ runbooks: list(object({ name: text, title: text, summary: text })) });

  protected async work({ terminal }: Session): Promise<Outcome> {
    const { listRunbooks } = await import("../../runbooks/runbook.ts");
    const { listing } = await import("../../layout.ts");
    const runbooks = listRunbooks().map(({ name, title, summary }) => ({ name, title, summary }));
    const rows = runbooks.map(({ name, title }) => [name, title]);
    return { data: { runbooks }, text: listing(["NAME", "FOR"], rows, terminal.columns) };
  }
}
