import { Args, Flags } from "@oclif/core";
import { type ArgsOf, durationMs, type FlagsOf, type Outcome, type Session, WfopsCommand } from "../../command.ts";
import { exitCodes, usageError } from "../../exit.ts";
import { flag, list, nullable, number, object, oneOf, text } from "../../schema.ts";

export class RunbookRun extends WfopsCommand<typeof RunbookRun> {
  static override summary = "Walk through a runbook: diagnose, decide, act, verify.";
  static override description =
    `Asks before each change. Exits with 0 where the verification at the end succeeds, and with 1 where it does not.

A runbook may need values: they stand on its page under "Values", and are given with --set.`;
  static override examples = [
    "<%= config.bin %> runbook run high-latency",
    "<%= config.bin %> runbook run rate-limit-exceeded --set RATE=500/1m+100",
    '<%= config.bin %> runbook run high-memory --only "Forget compiled answers" --yes',
  ];
  static override args = { name: Args.string({ name: "NAME", description: "Of the runbook.", required: true }) };
  static override flags = {
    set: Flags.string({ description: "A value that the runbook needs.", helpValue: "NAME=VALUE", multiple: true }),
    only: Flags.string({ description: "Take only this step of those under Act.", helpValue: "TITLE", multiple: true }),
    yes: Flags.boolean({ char: "y", description: "Make every change without asking.", default: false }),
    "dry-run": Flags.boolean({ description: "Diagnose, and change nothing.", default: false }),
    wait: Flags.string({
      description: "How long the verification is tried again.",
      default: "90s",
      helpValue: "DURATION",
    }),
  };
  static override schema = object({
    runbook: text,
    mended: nullable(flag),
    commands: list(
      object({
        phase: oneOf("diagnose", "decide", "act", "verify"),
        step: text,
        command: text,
        exitCode: nullable(number),
      }),
    ),
  });

  protected async work(
    session: Session,
    flags: FlagsOf<typeof RunbookRun>,
    { name }: ArgsOf<typeof RunbookRun>,
  ): Promise<Outcome> {
    const { readRunbook } = await import("../../runbooks/runbook.ts");
    const { walk } = await import("../../runbooks/walk.ts");
    const runbook = readRunbook(name);
    const given = (flags.set ?? []).map((pair): readonly [string, string] => {
      const [, key = "", value = ""] = /^([A-Z_]+)=(.*)$/.exec(pair) ?? [];
      if (runbook.values.some((known) => known.name === key)) return [key, value];
      const names = runbook.values.map((known) => known.name).join(", ") || "none";
      throw usageError(`--set ${JSON.stringify(pair)} sets no value of ${name}`, [`It has: ${names}.`]);
    });
    const { taken, mended } = await walk(session, runbook, {
      values: new Map([
        ...runbook.values.map(({ name: key, fallback }) => [key, fallback] as const),
        // A page's own default is for the page alone; here it is known which release is meant.
        ["RELEASE", session.target.release],
        ["NAMESPACE", session.target.namespace],
        ...given,
      ]),
      yes: flags.yes,
      dryRun: flags["dry-run"],
      only: flags.only ?? [],
      verifyMs: durationMs(flags.wait, "--wait"),
    });
    return {
      data: { runbook: name, mended, commands: taken },
      text:
        mended === null
          ? ""
          : mended
            ? "mended"
            : "not mended yet: see what was verified last, and go on with the page",
      exitCode: mended === false ? exitCodes.failed : exitCodes.fine,
    };
  }
}
