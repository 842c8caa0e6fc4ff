import type { Outcome, Session } from "../command.ts";
import { list, nullable, number, object, oneOf, text, time } from "../schema.ts";
import type { Verdict } from "./comparison.ts";
import { describeRollout } from "./rollout.ts";
import { describeSlot } from "./slots.ts";
import type { Standing } from "./steps.ts";

/** How the commands of a release show where it stands. */

const slotWord = oneOf("a", "b");

export const rolloutSchema = object({
  release: text,
  revision: number,
  strategy: oneOf("rolling", "blueGreen", "canary"),
  stage: oneOf("idle", "preview", "canary", "switched"),
  active: slotWord,
  weight: number,
  images: object({ a: text, b: text }),
  keepUntil: nullable(time),
  paused: nullable(text),
  slots: list(object({ slot: slotWord, image: text, wanted: number, ready: number, restarts: number })),
});

export const verdictsSchema = list(object({ kind: oneOf("good", "worse", "open"), why: text }));

export const stepsSchema = object({
  dryRun: { type: "boolean" },
  plan: text,
  done: list(text),
  rollout: rolloutSchema,
});

export function rolloutData({ revision, rollout, service, slots }: Standing, release: string) {
  const { strategy, stage, active, weight, images, keepUntil } = rollout;
  const paused = service.paused === "" ? null : service.paused;
  const { revision: number } = revision;
  return { release, revision: number, strategy, stage, active, weight, images, keepUntil, paused, slots };
}

export function rolloutText(standing: Standing, { terminal }: Pick<Session, "terminal">, release: string): string {
  const { revision, rollout, service, slots } = standing;
  return [
    `${terminal.style("bold", release)}  revision ${revision.revision} (${revision.status}), ${rollout.strategy}`,
    describeRollout(rollout),
    ...(service.paused === "" ? [] : [terminal.style("warning", `paused since ${service.paused}`)]),
    ...slots.map((slot) => `  ${describeSlot(slot)}`),
  ].join("\n");
}

export function verdictText({ kind, why }: Verdict, { terminal }: Pick<Session, "terminal">): string {
  const style = { good: "good", worse: "bad", open: "warning" } as const;
  return `  ${terminal.style(style[kind], kind)}  ${why}`;
}

/** What a change of a rollout came to. */
export function stepsOutcome(
  session: Session,
  release: string,
  standing: Standing,
  { plan, done, next }: { readonly plan: string; readonly done: readonly string[] | null; readonly next: string },
): Outcome {
  const data = { dryRun: done === null, plan, done: done ?? [], rollout: rolloutData(standing, release) };
  if (done === null) return { data, text: `would: ${plan}\n${rolloutText(standing, session, release)}` };
  const hint = next === "" ? "" : `\n${session.terminal.style("dim", "→")} ${next}`;
  return { data, text: `${rolloutText(standing, session, release)}${hint}` };
}
