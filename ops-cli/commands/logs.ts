import { Flags } from "@oclif/core";
import { type FlagsOf, type Outcome, type Session, WfopsCommand } from "../command.ts";
import { text } from "../schema.ts";

export class Logs extends WfopsCommand<typeof Logs> {
  static override summary = "Show the logs of every replica in Kubernetes.";
  static override description =
    "kubectl's, of the release's pods, one line for each line. With --json each is a document on a line of its own, with the pod's name. Fields are those of docs/telemetry.yaml.";
  static override examples = [
    "<%= config.bin %> logs --level warn --since 1h",
    "<%= config.bin %> logs --request-id 3f0c2a1e --follow",
  ];
  static override flags = {
    level: Flags.string({
      description: "Lines of this level and more important ones.",
      options: ["trace", "debug", "info", "warn", "error", "fatal"],
    }),
    "request-id": Flags.string({ description: "Lines of this call.", helpValue: "ID" }),
    principal: Flags.string({ description: "Lines of this principal.", helpValue: "NAME" }),
    grep: Flags.string({
      description: "Lines that hold this text, such as the correlation id of an error.",
      helpValue: "TEXT",
    }),
    follow: Flags.boolean({ char: "f", description: "Go on with lines as they come, until Ctrl-C.", default: false }),
    since: Flags.string({ description: "Lines of this long ago and later, such as 10m.", helpValue: "DURATION" }),
    tail: Flags.integer({
      description: "The last so many of each pod, before they are filtered; -1: all.",
      default: 1_000,
      min: -1,
    }),
    previous: Flags.boolean({ description: "Of the containers that ended before these.", default: false }),
  };
  static override schema = {
    type: "object",
    required: ["pod", "message"],
    properties: { pod: text, message: text, level: text, timestamp: text, requestId: text, principal: text },
  };

  protected async work(session: Session, flags: FlagsOf<typeof Logs>): Promise<Outcome> {
    const { showLogs } = await import("../pod-logs.ts");
    return showLogs(session, { ...flags, requestId: flags["request-id"] });
  }
}
