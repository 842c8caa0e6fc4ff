import { HealthStatus, ServingState } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { servingName } from "../draining.ts";
import { showDuration } from "../measures.ts";
import { type Check, each, isLoopback, judged, skipped } from "./check.ts";
import type { Observation, Sight } from "./observation.ts";

/** Settings in which replicas of one fleet may differ. */
const own: ReadonlySet<string> = new Set([
  "WFC_REPLICA",
  "WFC_SLOT",
  "WFC_GRPC_ADDR",
  "WFC_OPERATIONS_ADDR",
  "WFC_HTTP_ADDR",
]);

function settingValue({ settings }: Sight, variable: string): string {
  return settings.get(variable)?.value ?? "";
}

function differing({ replicas }: Observation): readonly string[] {
  const [first] = replicas;
  if (first === undefined) return [];
  return [...first.settings.keys()].flatMap((variable) => {
    const values = new Set(replicas.map((sight) => settingValue(sight, variable)));
    return own.has(variable) || values.size < 2 ? [] : [`${variable} is ${[...values].join(" and ")}`];
  });
}

export const configChecks: readonly Check[] = [
  {
    id: "config-same",
    category: "config",
    good: "replicas have the same settings",
    hint: "Compare them with `wfops config show`, and start again those that differ.",
    link: "docs/configuration.md",
    judge: (o) => judged([], differing(o)),
  },
  {
    id: "config-unchanged",
    category: "config",
    good: "no operator has changed a setting for the time being",
    hint: "Keep it by changing the setting, or undo it: `wfops ratelimit set NAME configured`, `wfops loglevel LEVEL`.",
    link: "docs/operations.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ settings }) =>
          [...settings.values()]
            .flatMap(({ variable, value, changedTo }) =>
              changedTo === "" ? [] : [`${variable} is ${changedTo} instead of ${value}`],
            )
            .join(", "),
        ),
      ),
  },
  {
    id: "config-limits",
    category: "config",
    good: "rate limits are on",
    hint: "Set WFC_RATE_LIMIT, or `wfops ratelimit set call 100/1m+20` for now.",
    link: "docs/configuration.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status }) =>
          status.rateLimits.flatMap(({ name, rate }) => (rate === undefined ? [`${name} is off`] : [])).join(", "),
        ),
      ),
  },
];

const refusals: ReadonlySet<string> = new Set(["permission-denied", "unauthenticated"]);

export const reachabilityChecks: readonly Check[] = [
  {
    id: "operations-reachable",
    category: "reachability",
    good: "every operators' service answers",
    hint: "Is the replica running, and is --operations (WFOPS_OPERATIONS) its WFC_OPERATIONS_ADDR? From elsewhere: kubectl port-forward.",
    link: "docs/operations.md",
    judge: ({ failedReplicas }) =>
      judged(failedReplicas.flatMap(({ error }) => (refusals.has(error.reason) ? [] : [error.message]))),
  },
  {
    id: "compiler-reachable",
    category: "reachability",
    good: "every compiler answers and says SERVING",
    hint: "Is --server (WFOPS_SERVER) its WFC_GRPC_ADDR? Look at `wfops status`: a held replica goes on with `wfops drain --resume`.",
    link: "docs/telemetry.md#health",
    judge: ({ compilers }) => judged(compilers.flatMap((problem) => problem ?? [])),
  },
  {
    id: "compiles",
    category: "reachability",
    good: "a definition that is right compiles",
    hint: "Look at `wfops health` for the part that fails, and for the request in the server's log.",
    link: "docs/operations.md",
    judge: ({ compileProblem }) => {
      // A rate that we have used up ourselves says nothing of whether it compiles.
      if (compileProblem?.reason === "resource-exhausted") return skipped(compileProblem.message);
      return judged(compileProblem === null ? [] : [compileProblem.message]);
    },
  },
  {
    id: "serving",
    category: "reachability",
    good: "every replica takes calls",
    hint: "Put a held replica back with `wfops drain --resume`; one that starts or stops needs time.",
    link: "docs/operations.md#taking-a-replica-out-of-service",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { state } }) =>
          state === ServingState.SERVING_STATE_SERVING ? "" : `it is ${servingName(state)}`,
        ),
      ),
  },
  {
    id: "components-healthy",
    category: "reachability",
    good: "every component is healthy",
    hint: "Each component says what it lacks. What is degraded answers still.",
    link: "docs/telemetry.md#health",
    judge: ({ replicas }) =>
      judged(componentProblems(replicas, HealthStatus.HEALTH_STATUS_UNHEALTHY), [
        ...componentProblems(replicas, HealthStatus.HEALTH_STATUS_DEGRADED),
      ]),
  },
];

function componentProblems(replicas: readonly Sight[], wanted: HealthStatus): readonly string[] {
  return each(replicas, ({ status: { components } }) =>
    components.flatMap(({ name, status, message }) => (status === wanted ? [`${name}: ${message}`] : [])).join(", "),
  );
}

const DAY_MS = 86_400_000;
const SOON_MS = 7 * DAY_MS;
const NEAR_MS = 30 * DAY_MS;

export const tlsChecks: readonly Check[] = [
  {
    id: "tls-on",
    category: "tls",
    good: "connections from other machines are encrypted",
    hint: "Set WFC_TLS_CERT and WFC_TLS_KEY, and WFOPS_CA here.",
    link: "docs/security.md#certificates",
    judge: ({ replicas, target }) => {
      const remote = [...target.servers, ...target.operations].filter((address) => !isLoopback(address));
      if (remote.length === 0) return skipped("only this machine is asked");
      const encrypted = target.caFile !== "" || target.certFile !== "";
      return judged([], encrypted || replicas.length === 0 ? [] : [`${remote.join(", ")}: plain text`]);
    },
  },
  {
    id: "certificates-valid",
    category: "tls",
    good: "certificates hold for 30 days and more",
    hint: "Renew them: the files are read again every ten seconds. Under 7 days this is a failure.",
    link: "docs/security.md#certificates",
    judge: ({ replicas }) => {
      if (replicas.every(({ status }) => status.certificates.length === 0)) return skipped("there are none");
      const ending = (from: number, to: number): readonly string[] =>
        each(replicas, ({ status: { certificates, now } }) =>
          certificates
            .flatMap(({ use, subject, notAfter }) => {
              const leftMs = (notAfter?.getTime() ?? 0) - (now?.getTime() ?? 0);
              if (leftMs < from || leftMs >= to) return [];
              return [`${use} (${subject}) ${leftMs < 0 ? "has ended" : `ends in ${showDuration(leftMs)}`}`];
            })
            .join(", "),
        );
      return judged(ending(Number.NEGATIVE_INFINITY, SOON_MS), ending(SOON_MS, NEAR_MS));
    },
  },
];

/** Tokens may be 30 seconds off. */
const MAX_SKEW_MS = 30_000;
const SKEW_MS = 2_000;

export const clockChecks: readonly Check[] = [
  {
    id: "clock",
    category: "clock",
    good: "clocks agree within 2 seconds",
    hint: "Let both machines follow a time server. From 30 seconds on tokens are refused.",
    link: "docs/security.md#tokens",
    judge: ({ replicas }) => {
      const off = (from: number, to: number): readonly string[] =>
        each(replicas, (sight) => {
          const ms = skewMs(sight);
          const apart = Math.abs(ms);
          if (apart < from || apart >= to) return "";
          return `its clock is ${showDuration(apart)} ${ms > 0 ? "ahead" : "behind"}`;
        });
      return judged(off(MAX_SKEW_MS, Number.POSITIVE_INFINITY), off(SKEW_MS, MAX_SKEW_MS));
    },
  },
];

/** The server read its clock some time between question and answer; what that leaves open does not count. */
function skewMs({ status, askedAt, tookMs }: Sight): number {
  const now = status.now?.getTime() ?? askedAt;
  if (now < askedAt) return now - askedAt;
  return Math.max(0, now - (askedAt + tookMs));
}

export const roleChecks: readonly Check[] = [
  {
    id: "role-operator",
    category: "roles",
    good: "you have the role operator",
    hint: "Name your principal in WFC_OPERATORS, or have the role put into your token; set WFOPS_TOKEN, or WFOPS_CERT and WFOPS_KEY.",
    link: "docs/security.md",
    judge: ({ failedReplicas }) =>
      judged(failedReplicas.flatMap(({ error }) => (refusals.has(error.reason) ? [error.message] : []))),
  },
  {
    id: "operations-guarded",
    category: "roles",
    good: "operators from other machines are asked who they are",
    hint: "Set WFC_TLS_CLIENT_CA or WFC_JWKS_URL, or close what forwards to the port.",
    link: "docs/security.md",
    judge: ({ replicas }) =>
      judged(
        each(replicas, ({ address, status }) =>
          status.caller?.kind === "anonymous" && !isLoopback(address) ? "anybody who reaches it is an operator" : "",
        ),
      ),
  },
];
