import { Flags } from "@oclif/core";
import { type Category, categories } from "../checkup/check.ts";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { flag, list, object, oneOf, text } from "../schema.ts";

export class CheckCommand extends WfopsCommand<typeof CheckCommand> {
  static override summary = "Examine the service, and say what is not as it should be.";
  static override description =
    "Each row states the good state; where it does not hold, what was found, what to do, and where to read on. Changes nothing, and compiles one tiny definition. Exits with 100 where a check failed; with --strict also where one warns.";
  static override examples = ["<%= config.bin %> check", "<%= config.bin %> check --only tls --only clock --strict"];
  static override flags = {
    only: Flags.string({
      description: "Only checks of this category; can be given again.",
      options: [...categories],
      multiple: true,
    }),
    strict: Flags.boolean({ description: "Count warnings as failures.", default: false }),
    thorough: Flags.boolean({
      description: "Also read the whole audit log: about a second for 100,000 records.",
      default: false,
    }),
  };
  static override schema = object({
    good: flag,
    checks: list(
      object({
        id: text,
        category: oneOf(...categories),
        good: text,
        hint: text,
        link: text,
        verdict: oneOf("ok", "warning", "failed", "skipped"),
        problems: list(text),
      }),
    ),
  });

  protected async work(session: Session, flags: FlagsOf<typeof CheckCommand>): Promise<Outcome> {
    const { checkup } = await import("../checkup/checkup.ts");
    const { observe } = await import("../checkup/observation.ts");
    const { only = [], strict, thorough } = flags;
    const observation = await observe(session, { ownVersion: this.config.version, thorough });
    const isCategory = (word: string): word is Category => categories.some((category) => category === word);
    return checkup(observation, { only: only.filter(isCategory), strict }, session.terminal);
  }
}
