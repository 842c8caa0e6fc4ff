import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { findDefinitions } from "../definitions.ts";
import { usageError } from "../exit.ts";
import { flag, list, nullable, object, text } from "../schema.ts";
import { failureSchema, findingSchema } from "../validation-schema.ts";

export class Validate extends WfopsCommand<typeof Validate> {
  static override summary = "Say everything that is wrong with definitions.";
  static override description = `Exits with 100 where there is an error in any of them.

A folder stands for all YAML and JSON files in it that are definitions; - is standard input. With --fix, the first fix that each problem offers is applied, until none is left that helps; comments and layout stay. The diff is shown before anything is written.`;
  static override examples = [
    "<%= config.bin %> validate order.yaml",
    "<%= config.bin %> validate workflows/ --format sarif > report.sarif",
    "<%= config.bin %> validate order.yaml --fix",
  ];
  static override args = {
    files: Args.string({
      name: "FILE",
      description: "Definitions, folders of them, or - for standard input.",
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    format: Flags.string({
      description: "How to say it.",
      options: ["text", "json", "sarif", "github", "gitlab", "junit"],
      default: "text",
    }),
    fix: Flags.boolean({ description: "Apply the fixes that are offered, after showing them.", default: false }),
    yes: Flags.boolean({
      char: "y",
      description: "Write the fixes without asking.",
      default: false,
    }),
    "dry-run": Flags.boolean({ description: "Show the fixes, and write nothing.", default: false }),
    "allow-inline-code": Flags.boolean({
      description: "Judge as a compile with this flag would: let definitions bring code of their own.",
      default: false,
    }),
  };
  static override schema = object({
    valid: flag,
    files: list(
      object({
        path: text,
        valid: flag,
        format: nullable(text),
        findings: list(findingSchema),
        failure: failureSchema,
        fixes: list(object({ code: text, message: text, title: text, field: text })),
        diff: text,
        written: flag,
      }),
    ),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Validate>,
    { files }: ArgsOf<typeof Validate>,
  ): Promise<Outcome> {
    if (!flags.fix && (flags.yes || flags["dry-run"]))
      throw usageError("--yes and --dry-run are about --fix; give it as well");
    const { validateFiles } = await import("../validation.ts");
    const found = findDefinitions(files, "all");
    return validateFiles(session, found, {
      format: flags.json ? "json" : flags.format,
      fix: flags.fix,
      yes: flags.yes,
      dryRun: flags["dry-run"],
      allowInlineCode: flags["allow-inline-code"],
      version: this.config.version,
    });
  }
}
