import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { findDefinitions } from "../definitions.ts";
import { flag, list, mapOf, nullable, number, object, oneOf, text } from "../schema.ts";
import { failureSchema, findingSchema } from "../validation-schema.ts";

export class Compile extends WfopsCommand<typeof Compile> {
  static override summary = "Compile definitions to TypeScript.";
  static override description = `Exits with 100 where a definition has an error.

With --out each definition gets a folder of its own there, named as its file, and under folders where they are in several. Without, one definition's workflow.ts goes to standard output, and of several only the digests. With --watch it goes on until Ctrl-C, and --json prints a document a line.`;
  static override examples = [
    "<%= config.bin %> compile order.yaml > workflow.ts",
    "<%= config.bin %> compile workflows/*.yaml --out generated",
    "<%= config.bin %> compile order.yaml --out generated --watch",
  ];
  static override args = {
    files: Args.string({
      name: "FILE",
      description: "Definitions, or - for standard input.",
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    out: Flags.string({ description: "Folder for the artifacts; made where it is missing.", helpValue: "DIR" }),
    target: Flags.string({
      description: "What to make: a module that runs by itself, or a Temporal workflow.",
      options: ["module", "temporal"],
      default: "module",
    }),
    watch: Flags.boolean({ description: "Compile again whenever a file changes.", default: false }),
    "no-cache": Flags.boolean({ description: "Compile even if the answer is known.", default: false }),
    profile: Flags.boolean({ description: "Say how long each stage of the compiler took.", default: false }),
    "allow-inline-code": Flags.boolean({
      description: "Let definitions bring code of their own. Only for definitions that you trust.",
      default: false,
    }),
  };
  static override schema = object({
    compiled: flag,
    files: list(
      object({
        path: text,
        compiled: flag,
        workflow: nullable(text),
        digest: nullable(text),
        compilerVersion: nullable(text),
        entrypoint: nullable(text),
        cache: oneOf("unspecified", "miss", "hit", "shared-hit", "coalesced", "bypassed"),
        activities: list(text),
        contents: mapOf(text),
        written: list(text),
        findings: list(findingSchema),
        failure: failureSchema,
        profile: nullable(
          object({
            totalMs: number,
            bottleneck: text,
            stages: list(object({ name: text, durationMs: number, percentage: number })),
          }),
        ),
      }),
    ),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Compile>,
    { files }: ArgsOf<typeof Compile>,
  ): Promise<Outcome> {
    const { compileFiles, watchFiles } = await import("../compilation.ts");
    const found = findDefinitions(files, "refuse");
    const wish = {
      out: flags.out ?? null,
      target: flags.target,
      noCache: flags["no-cache"],
      profile: flags.profile,
      allowInlineCode: flags["allow-inline-code"],
    };
    return flags.watch ? watchFiles(session, found, wish) : compileFiles(session, found, wish);
  }
}
