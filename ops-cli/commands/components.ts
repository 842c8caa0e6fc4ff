import { Args, Flags } from "@oclif/core";
import { type ArgsOf, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { flag, list, object, text } from "../schema.ts";

/** JSON Schema as JSON, or null where any value will do. */
const jsonSchema = { type: ["object", "boolean", "null"] } as const;
const port = object({ name: text, description: text, required: flag, schema: jsonSchema });

export class Components extends WfopsCommand<typeof Components> {
  static override summary = "List the components that graphs may use, or describe one.";
  static override examples = ["<%= config.bin %> components", "<%= config.bin %> components core.branch"];
  static override args = {
    type: Args.string({ description: "Such as http.request, or the beginning of several: core.", ignoreStdin: true }),
  };
  static override flags = {
    installed: Flags.boolean({ description: "Leave out those that come with the compiler.", default: false }),
  };
  static override schema = object({
    components: list(
      object({
        type: text,
        version: text,
        title: text,
        description: text,
        builtIn: flag,
        exclusiveOutputs: flag,
        idempotent: flag,
        inputs: list(port),
        outputs: list(port),
        config: jsonSchema,
        errors: list(text),
      }),
    ),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof Components>,
    { type }: ArgsOf<typeof Components>,
  ): Promise<Outcome> {
    const { listComponents } = await import("../component-view.ts");
    return listComponents(session, type ?? "", flags.installed);
  }
}
