/** `degraded`: it serves, and something is missing. `unhealthy`: it does not serve. */
export type ComponentState = "healthy" | "degraded" | "unhealthy";

/** What a probe found. */
export interface ProbeResult {
  readonly state: ComponentState;
  /** One sentence for operators. Nothing secret: health is served without authentication. */
  readonly message: string;
  /** Where the probe knows better than the clock around it, in milliseconds. */
  readonly latencyMs?: number;
}

export interface Probe {
  readonly component: string;
  /** Whether the service cannot answer Compile without it. The loss of another only degrades the service. */
  readonly essential: boolean;
  /** Rejecting means that it is not well; what it rejects with is not shown. */
  check(): ProbeResult | Promise<ProbeResult>;
}

export interface ComponentHealth {
  readonly component: string;
  readonly essential: boolean;
  readonly state: ComponentState;
  readonly message: string;
  readonly latencyMs: number;
  /** In milliseconds since 1970; 0: not yet. */
  readonly checkedAt: number;
}

/** `starting` until compilers are warm; `held`: an operator keeps calls away; `stopping` from the first signal to stop. */
export type Phase = "starting" | "serving" | "held" | "stopping";

export interface HealthReport {
  readonly state: ComponentState;
  readonly phase: Phase;
  /** Whether calls should be sent here: what gRPC health calls SERVING and `/health/ready` answers with 200. */
  readonly serving: boolean;
  /** Whether this process can still get well by itself. */
  readonly live: boolean;
  readonly components: readonly ComponentHealth[];
}

/** The one truth about this replica's health. gRPC health, HTTP, metrics and operators read it. */
export interface HealthBoard {
  /** Asks the probes, unless they were asked a moment ago. Those who ask at the same time share the answer. */
  report(): Promise<HealthReport>;
  /** What was found last. */
  latest(): HealthReport;
  setPhase(phase: Phase): void;
  /** Called when `serving` or the state of a component has changed. */
  onChange(listener: (report: HealthReport) => void): void;
  close(): void;
}

export interface HealthOptions {
  /** How often the probes are asked when nobody else does, in milliseconds. Default: 5,000. */
  readonly everyMs?: number;
  /** How old an answer may be, in milliseconds. Default: 2,000. */
  readonly freshMs?: number;
  /** How long a probe may take, in milliseconds. Default: 2,000. */
  readonly limitMs?: number;
  /** For how long something essential must be gone until the process is given up, in milliseconds. Default: 60,000. */
  readonly deadAfterMs?: number;
  /** Milliseconds since 1970. Default: Date.now. */
  readonly now?: () => number;
}

export function createHealthBoard(probes: readonly Probe[], options: HealthOptions = {}): HealthBoard {
  const { everyMs = 5_000, freshMs = 2_000, limitMs = 2_000, deadAfterMs = 60_000, now = Date.now } = options;
  const listeners: ((report: HealthReport) => void)[] = [];
  const brokenSince = new Map<string, number>();
  let components: readonly ComponentHealth[] = probes.map(unchecked);
  let checkedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;
  let phase: Phase = "starting";
  let told = "";

  const latest = (): HealthReport => {
    const broken = components.some(({ essential, state }) => essential && state === "unhealthy");
    const dead = [...brokenSince.values()].some((since) => now() - since >= deadAfterMs);
    return {
      state: broken ? "unhealthy" : components.every(({ state }) => state === "healthy") ? "healthy" : "degraded",
      phase,
      serving: phase === "serving" && !broken,
      live: phase !== "serving" || !dead,
      components,
    };
  };
  const tell = (): void => {
    const report = latest();
    const summary = [report.serving, ...components.map(({ state }) => state)].join();
    if (summary === told) return;
    told = summary;
    for (const listener of listeners) listener(report);
  };
  const ask = async (): Promise<void> => {
    components = await Promise.all(probes.map((probe) => examined(probe, limitMs, now)));
    checkedAt = now();
    for (const { component, essential, state } of components) {
      if (!essential || state !== "unhealthy") brokenSince.delete(component);
      else if (!brokenSince.has(component)) brokenSince.set(component, checkedAt);
    }
    tell();
  };
  const askOnce = (): Promise<void> => {
    underWay ??= ask().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const timer = setInterval(askOnce, everyMs).unref();

  return {
    latest,
    async report() {
      if (now() - checkedAt >= freshMs) await askOnce();
      return latest();
    },
    setPhase(next) {
      phase = next;
      tell();
    },
    onChange: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  };
}

function unchecked({ component, essential }: Probe): ComponentHealth {
  return { component, essential, state: "unhealthy", message: "not checked yet", latencyMs: 0, checkedAt: 0 };
}

async function examined(probe: Probe, limitMs: number, now: () => number): Promise<ComponentHealth> {
  const { component, essential } = probe;
  const start = now();
  const result = await resultOf(probe, limitMs);
  return { component, essential, latencyMs: now() - start, checkedAt: now(), ...result };
}

async function resultOf(probe: Probe, limitMs: number): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProbeResult>((resolve) => {
    timer = setTimeout(() => resolve({ state: lost(probe), message: `no answer within ${limitMs} ms` }), limitMs);
  });
  try {
    return await Promise.race([probe.check(), late]);
  } catch {
    return { state: lost(probe), message: "it failed" };
  } finally {
    clearTimeout(timer);
  }
}

function lost({ essential }: Probe): ComponentState {
  return essential ? "unhealthy" : "degraded";
}
