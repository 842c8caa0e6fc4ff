import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { list, nullable, object, oneOf, text } from "../schema.ts";
import { componentSchema } from "../status-schema.ts";

const answer = object({
  address: text,
  service: text,
  status: oneOf("serving", "not-serving", "unknown", "service-unknown", "unreachable"),
});

export class Health extends WfopsCommand<typeof Health> {
  static override summary = "Ask every compiler whether it serves, and every replica how its components are.";
  static override description =
    "The answer of grpc.health.v1.Health, as platforms get it, and the components behind it, where the operators' service answers. Exits with 100 where one does not serve. With --watch it prints each change until Ctrl-C; with --json each is a document on a line of its own.";
  static override examples = ["<%= config.bin %> health", "<%= config.bin %> health --watch"];
  static override flags = {
    watch: Flags.boolean({ char: "w", description: "Go on and print changes.", default: false }),
  };
  static override schema = {
    anyOf: [
      object({
        services: list(answer),
        replicas: list(object({ address: text, components: nullable(list(componentSchema)), problem: nullable(text) })),
      }),
      { ...answer, description: "With --watch: each line." },
    ],
  };

  protected async work(session: Session, flags: FlagsOf<typeof Health>): Promise<Outcome> {
    const { readHealth, watchHealth } = await import("../health-view.ts");
    return flags.watch ? watchHealth(session) : readHealth(session);
  }
}
