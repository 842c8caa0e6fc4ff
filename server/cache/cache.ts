import type { CompileOptions, CompilePool, SourceInput, ValidateOptions } from "../artifact.ts";
import type { ArtifactStore } from "../store/artifacts.ts";
import { type Answer, isLasting, type Run, toAnswer } from "./answer.ts";
import { createFlights } from "./flights.ts";
import { type Kept, keepCompilation, keepValidation } from "./kept.ts";
import { type CompilerIdentity, createKeys, digestOf, type Key } from "./key.ts";
import type { SharedTier } from "./redis-tier.ts";
import { type CacheUse, type Counts, createStatistics } from "./statistics.ts";
import { createStoredTier } from "./store-tier.ts";
import { type Claim, createTiers } from "./tiers.ts";
import { type Warmed, type WarmUp, warmUp } from "./warm.ts";

/**
 * Answers the compiler's calls from what is known. Looks in memory, in Redis, in the store, and then compiles; equal calls
 * that are under way at the same time are compiled once. What makes two calls equal is in key.ts.
 */
export interface CompileCache {
  /** The answer where it is in memory, which is the way of most calls: without a promise. */
  known(source: SourceInput, options: CompileOptions, use: Use): Answer | null;
  /** Rejects with the signal's reason, or with a fault of the compiler. */
  compile(source: SourceInput, options: CompileOptions, use: Use, signal: AbortSignal): Promise<Answer>;
  /** Kept in memory only: to validate is cheaper than to ask another machine. */
  validate(
    source: SourceInput,
    options: ValidateOptions,
    use: Pick<Use, "profile">,
    signal: AbortSignal,
  ): Promise<Answer>;
  stats(): CacheStats;
  /**
   * Forgets all answers: those in this replica's memory, or those in the memories of all replicas, in Redis and in the store.
   * Compiles under way are finished and not kept.
   */
  clear(scope: "replica" | "all"): Promise<Cleared>;
  /** Compiles what is not known yet, while nobody else waits for a compile. */
  warm(list: Iterable<WarmUp>, signal: AbortSignal): Promise<Warmed>;
  /** Waits until what has been compiled is kept. */
  close(): Promise<void>;
}

export interface Use {
  /** Compiles even if the answer is known, and keeps the answer. */
  readonly noCache: boolean;
  /** Gives the profile of the run that made the answer, whenever that was. */
  readonly profile: boolean;
}

/** Counts are of Compile only. */
export interface CacheStats extends Counts {
  readonly entries: number;
  readonly bytes: number;
  readonly capacityBytes: number;
  readonly evictions: number;
  /** Definitions that callers wait for, compiles and look-ups in Redis and the store alike. */
  readonly underWay: number;
}

export interface Cleared {
  /** How many answers this replica had in memory. */
  readonly entries: number;
  /** Whether the other replicas were told: false without Redis and while it is away. */
  readonly everywhere: boolean;
}

export interface CacheParts {
  readonly pool: Pick<CompilePool, "compile" | "validate">;
  readonly identity: CompilerIdentity;
  /** How much memory answers may take, in bytes. 0: there is no cache at all, neither in Redis nor in the store. */
  readonly memoryBytes: number;
  readonly shared: SharedTier | null;
  readonly stored: { readonly artifacts: ArtifactStore; readonly isShared: boolean } | null;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** One thing to find out. */
interface Question {
  readonly key: Key;
  readonly sourceDigest: string;
  readonly profile: boolean;
  /** Runs the compiler. */
  ask(signal: AbortSignal): Promise<Made>;
}

interface Made {
  readonly kept: Kept;
  readonly run: Run;
  readonly lasts: boolean;
}

/** What a flight brings. */
interface Landed {
  readonly kept: Kept;
  readonly use: CacheUse;
  /** Null once somebody has been told. */
  run: Run | null;
}

export function createCache(parts: CacheParts): CompileCache {
  const { pool, stored, memoryBytes, now = Date.now } = parts;
  const enabled = memoryBytes > 0;
  const keys = createKeys(parts.identity);
  const tiers = createTiers(Math.max(1, memoryBytes), parts.shared, stored && createStoredTier(stored.artifacts));
  const { memory } = tiers;
  const statistics = createStatistics(now);
  const flights = createFlights<Landed>();
  const storeIsShared = stored?.isShared ?? false;

  function aboutCompile(source: SourceInput, options: CompileOptions, profile: boolean): Question {
    const sourceDigest = digestOf(source.content);
    return {
      key: keys.compile(sourceDigest, source.format, options),
      sourceDigest,
      profile,
      async ask(signal) {
        const start = now();
        const compilation = await pool.compile(source, options, signal);
        const { stages, workflowType } = compilation;
        const run = { stages, workflowType, durationMs: now() - start };
        return { kept: keepCompilation(compilation), run, lasts: isLasting(compilation) };
      },
    };
  }

  function aboutValidate(source: SourceInput, options: ValidateOptions, profile: boolean): Question {
    const sourceDigest = digestOf(source.content);
    return {
      key: keys.validate(sourceDigest, source.format, options),
      sourceDigest,
      profile,
      async ask(signal) {
        const start = now();
        const validation = await pool.validate(source, signal, options);
        const run = { stages: validation.stages, workflowType: "", durationMs: now() - start };
        return { kept: keepValidation(validation), run, lasts: isLasting(validation) };
      },
    };
  }

  async function searchOrAsk(question: Question, signal: AbortSignal): Promise<Landed> {
    const search = await tiers.search(question.key, signal);
    return search.kind === "found" ? { ...search, run: null } : askAndKeep(question, search, "miss", signal);
  }

  async function askAndKeep(question: Question, claim: Claim, use: CacheUse, signal: AbortSignal): Promise<Landed> {
    try {
      signal.throwIfAborted();
      const { kept, run, lasts } = await question.ask(signal);
      if (lasts) claim.keep(kept);
      else claim.giveUp();
      return { kept, use, run };
    } catch (error) {
      claim.giveUp();
      throw error;
    }
  }

  async function share(
    { key }: Question,
    signal: AbortSignal,
    start: (stop: AbortSignal) => Promise<Landed>,
  ): Promise<Landed> {
    const { value, first } = await flights.join(key.local, signal, start);
    const { kept, use, run } = value;
    // The first to come back is told of the run: whoever started it may have left.
    value.run = null;
    return { kept, use: first ? use : "coalesced", run };
  }

  function recall(question: Question): Answer | null {
    const kept = memory.get(question.key.local);
    return kept === undefined ? null : answer(question, { kept, use: "memory", run: null });
  }

  function answer({ sourceDigest, profile }: Question, { kept, use, run }: Landed): Answer {
    return toAnswer(kept, { sourceDigest, profile, use: enabled ? use : null, run, storeIsShared });
  }

  function known(source: SourceInput, options: CompileOptions, { noCache, profile }: Use): Answer | null {
    const found = enabled && !noCache ? recall(aboutCompile(source, options, profile)) : null;
    if (found !== null) statistics.count("memory");
    return found;
  }

  return {
    known,
    async compile(source, options, use, signal) {
      const found = known(source, options, use);
      if (found !== null) return found;
      const question = aboutCompile(source, options, use.profile);
      if (!enabled) return answer(question, await askAndKeep(question, noClaim, "miss", signal));
      const landed = use.noCache
        ? await askAndKeep(question, tiers.claim(question.key), "bypassed", signal)
        : await share(question, signal, (stop) => searchOrAsk(question, stop));
      statistics.count(landed.use);
      return answer(question, landed);
    },
    async validate(source, options, { profile }, signal) {
      const question = aboutValidate(source, options, profile);
      if (!enabled) return answer(question, await askAndKeep(question, noClaim, "miss", signal));
      const found = recall(question);
      if (found !== null) return found;
      const claim = tiers.claimInMemory(question.key);
      return answer(question, await share(question, signal, (stop) => askAndKeep(question, claim, "miss", stop)));
    },
    stats: () => ({
      ...statistics.counts(),
      entries: memory.entries,
      bytes: memory.bytes,
      capacityBytes: memoryBytes,
      evictions: memory.evictions,
      underWay: flights.underWay,
    }),
    async clear(scope) {
      const entries = tiers.clearMemory();
      return { entries, everywhere: scope === "all" && (await tiers.clearAll()) };
    },
    warm(list, signal) {
      const warm = async ({ source, options }: WarmUp): Promise<boolean> => {
        const question = aboutCompile(source, options, false);
        if (!enabled || memory.has(question.key.local)) return false;
        const { run } = await share(question, signal, (stop) => searchOrAsk(question, stop));
        return run !== null;
      };
      return warmUp(list, () => flights.underWay > 0, warm, signal);
    },
    close: () => tiers.settle(),
  };
}

const noClaim: Claim = { keep() {}, giveUp() {} };
