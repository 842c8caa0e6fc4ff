import {
  BrokenCircuitError,
  CircuitState as CockatielState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";

/**
 * Stands between the service and something that it can do without for a while: Redis, PostgreSQL, a collector of traces.
 * Each attempt has a timeout; a failed one is tried again after a growing pause; after several failures in a row the
 * circuit opens, and until it has been tried again everything fails at once instead of waiting for its timeout.
 */
export interface Guard {
  /** Such as `redis`: the label of `workflow_circuit_breaker_state`. */
  readonly name: string;
  /**
   * Rejects with DependencyError where the circuit is open or the time is up, else with what `work` rejected with.
   *
   * @param work is called once for each attempt. Its signal aborts when its time is up.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  state(): CircuitState;
  /** Called at each change of state. */
  onState(listener: (state: CircuitState) => void): void;
}

/** `half-open`: one attempt is under way, and what becomes of it decides. */
export type CircuitState = "closed" | "half-open" | "open";

export interface GuardOptions {
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How often it is tried, the first time included. Default: 1. */
  readonly attempts?: number;
  /** How many failures in a row open the circuit. Default: 5. */
  readonly failures?: number;
  /** After how many milliseconds an open circuit lets an attempt through. Default: 60,000. */
  readonly openMs?: number;
  /** Whether an error says that the dependency is ill, rather than that it was asked something wrong. Default: always. */
  readonly isFault?: (error: unknown) => boolean;
  /** From 0 to below 1. Default: Math.random. */
  readonly random?: () => number;
}

/** Why `work` was not run, or not waited for. */
export class DependencyError extends Error {
  override readonly name = "DependencyError";
  readonly dependency: string;
  readonly reason: "open" | "timeout";

  constructor(dependency: string, reason: "open" | "timeout") {
    super(reason === "open" ? `${dependency} is left alone after several failures` : `${dependency} did not answer`);
    this.dependency = dependency;
    this.reason = reason;
  }
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait before attempt `attempt + 1`, in milliseconds: 0.1 s, twice as long each time, at most 30 s, ±20%. */
export function pauseMs(attempt: number, random: () => number = Math.random): number {
  const even = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 20));
  return even * (0.8 + 0.4 * random());
}

/** Time is that of `Date.now` and `setTimeout`, which tests can replace. */
export function createGuard(name: string, options: GuardOptions): Guard {
  const isFault = options.isFault ?? (() => true);
  const limit = timeout(options.timeoutMs, TimeoutStrategy.Aggressive);
  const breaker = circuitBreaker(handleWhen(isFault), {
    halfOpenAfter: options.openMs ?? 60_000,
    breaker: new ConsecutiveBreaker(options.failures ?? 5),
  });
  const again = retry(
    handleWhen((error) => isFault(error) && !(error instanceof BrokenCircuitError)),
    {
      maxAttempts: (options.attempts ?? 1) - 1,
      backoff: new ExponentialBackoff<number>({
        generator: (made = 0) => [pauseMs(made + 1, options.random), made + 1],
      }),
    },
  ).dangerouslyUnref();
  const policy = options.attempts === undefined || options.attempts === 1 ? breaker : wrap(again, breaker);
  return {
    name,
    async run(work) {
      // Half-open means that the one attempt is under way. Cockatiel would let all others wait for it.
      if (breaker.state === CockatielState.HalfOpen) throw new DependencyError(name, "open");
      try {
        return await policy.execute(({ signal: outer }) => limit.execute(({ signal }) => work(signal), outer));
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new DependencyError(name, "open");
        if (error instanceof TaskCancelledError) throw new DependencyError(name, "timeout");
        throw error;
      }
    },
    state: () => stateName(breaker.state),
    onState: (listener) => void breaker.onStateChange((state) => listener(stateName(state))),
  };
}

function stateName(state: CockatielState): CircuitState {
  if (state === CockatielState.Closed) return "closed";
  return state === CockatielState.HalfOpen ? "half-open" : "open";
}
