import type { Outcome } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { safe, wrap } from "../layout.ts";
import type { Style, Terminal } from "../terminal.ts";
import { cacheChecks, redisChecks } from "./cache-checks.ts";
import { capacityChecks } from "./capacity-checks.ts";
import { type Category, type Check, categories } from "./check.ts";
import type { Observation } from "./observation.ts";
import { releaseChecks } from "./release-checks.ts";
import { clockChecks, configChecks, reachabilityChecks, roleChecks, tlsChecks } from "./service-checks.ts";
import { storeChecks } from "./store-checks.ts";
import { telemetryChecks } from "./telemetry-checks.ts";

const checks: readonly Check[] = [
  ...configChecks,
  ...reachabilityChecks,
  ...tlsChecks,
  ...clockChecks,
  ...roleChecks,
  ...storeChecks,
  ...redisChecks,
  ...cacheChecks,
  ...telemetryChecks,
  ...releaseChecks,
  ...capacityChecks,
];

/** These can be judged although no replica answers. */
const withoutReplicas: ReadonlySet<string> = new Set([
  "operations-reachable",
  "compiler-reachable",
  "compiles",
  "role-operator",
  "prometheus-scrapes",
]);

interface Row extends Omit<Check, "judge"> {
  readonly verdict: "ok" | "warning" | "failed" | "skipped";
  readonly problems: readonly string[];
}

export interface CheckupOptions {
  readonly only: readonly Category[];
  readonly strict: boolean;
}

export function checkup(observation: Observation, { only, strict }: CheckupOptions, terminal: Terminal): Outcome {
  const rows = checks
    .filter(({ category }) => only.length === 0 || only.includes(category))
    .map((check) => rowOf(check, observation));
  const count = (verdict: Row["verdict"]): number => rows.filter((row) => row.verdict === verdict).length;
  const [failed, warnings] = [count("failed"), count("warning")];
  const good = failed === 0 && (!strict || warnings === 0);
  const verdict = `${count("ok")} well, ${warnings} with a warning, ${failed} failed, ${count("skipped")} skipped`;
  const blocks = categories.flatMap((category) => {
    const own = rows.filter((row) => row.category === category);
    if (own.length === 0) return [];
    return [[terminal.style("bold", category), ...own.map((row) => rowText(row, terminal))].join("\n")];
  });
  return {
    data: { good, checks: rows },
    text: [...blocks, terminal.style(good ? "good" : "bad", wrap(verdict, terminal.columns).join("\n"))].join("\n\n"),
    exitCode: good ? exitCodes.fine : exitCodes.findings,
  };
}

function rowOf({ judge, ...check }: Check, observation: Observation): Row {
  if (observation.replicas.length === 0 && !withoutReplicas.has(check.id)) {
    return { ...check, verdict: "skipped", problems: ["no replica answers"] };
  }
  const judgement = judge(observation);
  switch (judgement.kind) {
    case "skipped":
      return { ...check, verdict: "skipped", problems: [judgement.why] };
    case "judged": {
      const { failures, warnings } = judgement;
      const verdict = failures.length > 0 ? "failed" : warnings.length > 0 ? "warning" : "ok";
      return { ...check, verdict, problems: [...failures, ...warnings] };
    }
    default:
      return judgement satisfies never;
  }
}

const marks = {
  ok: ["√", "good"],
  warning: ["!", "warning"],
  failed: ["×", "bad"],
  skipped: ["-", "dim"],
} as const satisfies Record<Row["verdict"], readonly [string, Style]>;

function rowText({ verdict, good, problems, hint, link }: Row, { style, columns }: Terminal): string {
  const [mark, tint] = marks[verdict];
  const hanging = (text: string): string => wrap(safe(text), columns - 4).join("\n    ");
  if (verdict === "ok") return `  ${style(tint, mark)} ${hanging(good)}`;
  if (verdict === "skipped") return style(tint, `  ${mark} ${hanging(`${good} (${problems.join(", ")})`)}`);
  const lines = [
    `  ${style(tint, mark)} ${hanging(good)}`,
    ...problems.map((problem) => `    ${hanging(problem)}`),
    `    ${style("dim", hanging(`→ ${hint}`))}`,
    `    ${style("dim", `see ${link}`)}`,
  ];
  return lines.join("\n");
}
