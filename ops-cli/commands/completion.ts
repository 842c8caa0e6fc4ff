import { Args } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { usageError } from "../exit.ts";
import { completionOf, shells } from "../reference/completion.ts";
import { tableOf } from "../reference/table.ts";
import { object, oneOf, text } from "../schema.ts";

export class Completion extends WfopsCommand<typeof Completion> {
  static override summary = "Print a script that completes commands and flags in a shell.";
  static override examples = [
    "source <(<%= config.bin %> completion bash)",
    "<%= config.bin %> completion fish > ~/.config/fish/completions/wfops.fish",
  ];
  static override args = {
    shell: Args.string({ description: "Which shell.", required: true, options: [...shells], ignoreStdin: true }),
  };
  static override schema = object({ shell: oneOf(...shells), script: text });

  protected async work(
    _session: Session,
    _flags: FlagsOf<typeof Completion>,
    { shell: asked }: ArgsOf<typeof Completion>,
  ): Promise<Outcome> {
    const shell = shells.find((name) => name === asked);
    if (shell === undefined) throw usageError(`there is no completion for ${asked}`);
    const script = completionOf(shell, tableOf(this.config));
    return { data: { shell, script }, text: script };
  }
}
