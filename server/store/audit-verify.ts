import { type ChainWithAnchor, RECORD_PAGE, readChains, readRecords, readRegistry } from "./audit-chains.ts";
import { canonicalText, genesisHash, type KeptRecord, linkHash, lostOf, numberOf } from "./audit-record.ts";
import type { Reader } from "./engine.ts";

export interface AuditHead {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
}

export interface VerifyOptions {
  /** Heads that were kept outside of the store, for example those of a backup: the log must still hold them. */
  readonly knownHeads?: readonly AuditHead[];
  readonly signal?: AbortSignal;
}

export interface AuditVerification {
  /** No chain has a fault. Declared losses are no fault. */
  readonly ok: boolean;
  /** How many records were read. */
  readonly records: number;
  /** How many records gap records declare as lost. */
  readonly declaredLost: number;
  readonly chains: readonly ChainVerification[];
}

export interface ChainVerification {
  readonly chain: string;
  /** The first record that is kept: later than 1 where retention deleted those before. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly records: number;
  readonly declaredLost: number;
  /** The first thing that is wrong; null: nothing. */
  readonly fault: ChainFault | null;
}

export interface ChainFault {
  /**
   * `altered`: a record is not what its hash says, or stands elsewhere · `missing`: records are missing before it ·
   * `truncated`: the chain ends before its head · `forged`: records that nobody appended · `rewritten`: it does not hold
   * a head that was known · `no-chain`: the whole chain is missing.
   */
  readonly kind: "altered" | "missing" | "truncated" | "forged" | "rewritten" | "no-chain";
  /** Of the first record that is wrong. */
  readonly sequence: number;
  readonly message: string;
}

/** Takes the records of one chain in their order; what it keeps does not grow. */
export interface ChainVerifier {
  take(record: KeptRecord): void;
  end(): ChainVerification;
}

export function createChainVerifier(chain: ChainWithAnchor, knownHeads: readonly AuditHead[] = []): ChainVerifier {
  const { number, name, openedAt, anchorSequence, anchorHash } = chain;
  const known = new Map(knownHeads.filter((head) => head.chain === name).map((head) => [head.sequence, head.hash]));
  let last = { sequence: anchorSequence, hash: anchorHash };
  let records = 0;
  let declaredLost = 0;
  let fault: ChainFault | null = null;
  const wrong = (kind: ChainFault["kind"], sequence: number, message: string): void => {
    fault ??= { kind, sequence, message: `chain ${JSON.stringify(name)}: ${message}` };
  };
  const compareKnown = (): void => {
    const hash = known.get(last.sequence);
    if (hash !== undefined && hash !== last.hash)
      wrong("rewritten", last.sequence, `record ${last.sequence} is not the one that was known as its head`);
  };
  if (anchorSequence === 0 && anchorHash !== genesisHash(number, name, openedAt))
    wrong("altered", 0, "its beginning is not that of a chain of this name");
  compareKnown();
  return {
    take({ sequence, fields, hash }) {
      records++;
      declaredLost += lostOf(fields);
      const next = last.sequence + 1;
      if (sequence > next) wrong("missing", next, `records ${next} to ${sequence - 1} are missing`);
      else if (sequence < next) wrong("forged", sequence, `record ${sequence} stands where retention has deleted`);
      else if (sequence > chain.sequence) wrong("forged", sequence, `record ${sequence} follows the head`);
      else if (hash !== linkHash(last.hash, canonicalText(number, sequence, fields)))
        wrong("altered", sequence, `record ${sequence} or the order of the records was changed`);
      last = { sequence, hash };
      compareKnown();
    },
    end() {
      const first = anchorSequence + 1;
      if (last.sequence < chain.sequence)
        wrong(
          "truncated",
          last.sequence + 1,
          `records ${last.sequence + 1} to ${chain.sequence} are missing at its end`,
        );
      else if (last.hash !== chain.hash) wrong("altered", last.sequence, `record ${last.sequence} is not its head`);
      const future = [...known.keys()].find((sequence) => sequence > last.sequence);
      if (future !== undefined) wrong("truncated", last.sequence + 1, `it once had ${future} records`);
      return { chain: name, firstSequence: first, lastSequence: last.sequence, records, declaredLost, fault };
    },
  };
}

/** Chains that are numbered but not there, and records of no chain. */
export function faultsOfRegistry(
  chains: readonly ChainWithAnchor[],
  registered: number,
  highestChain: number,
  knownHeads: readonly AuditHead[] = [],
): readonly ChainVerification[] {
  const numbers = new Set(chains.map(({ number }) => number));
  const names = new Set(chains.map(({ name }) => name));
  const count = Math.min(Math.max(registered, highestChain, ...numbers), chains.length + 1_000);
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !numbers.has(number));
  const unregistered = chains.filter(({ number }) => number > registered);
  const gone = new Set(knownHeads.map(({ chain }) => chain).filter((chain) => !names.has(chain)));
  return [
    ...missing.map((number) => wholeChain("no-chain", `number ${number}`, `chain number ${number} is missing`)),
    ...unregistered.map(({ name }) => wholeChain("forged", name, `nobody opened the chain ${JSON.stringify(name)}`)),
    ...[...gone].map((name) => wholeChain("no-chain", name, `the chain ${JSON.stringify(name)} is missing`)),
  ];
}

function wholeChain(kind: ChainFault["kind"], chain: string, message: string): ChainVerification {
  const fault = { kind, sequence: 0, message };
  return { chain, firstSequence: 0, lastSequence: 0, records: 0, declaredLost: 0, fault };
}

function verificationOf(chains: readonly ChainVerification[]): AuditVerification {
  return {
    ok: chains.every(({ fault }) => fault === null),
    records: chains.reduce((sum, { records }) => sum + records, 0),
    declaredLost: chains.reduce((sum, { declaredLost }) => sum + declaredLost, 0),
    chains,
  };
}

/** @param reader must see one state of the store all along. */
export async function verifyLog(reader: Reader, options: VerifyOptions = {}): Promise<AuditVerification> {
  const chains = await readChains(reader);
  const results: ChainVerification[] = [];
  for (const chain of chains) {
    const verifier = createChainVerifier(chain, options.knownHeads);
    for await (const record of recordsOf(reader, chain.number, options.signal)) verifier.take(record);
    results.push(verifier.end());
  }
  const [highest] = await reader.read("SELECT chain FROM audit_records ORDER BY chain DESC LIMIT 1");
  const faults = faultsOfRegistry(
    chains,
    await readRegistry(reader),
    highest === undefined ? 0 : numberOf(highest.chain),
    options.knownHeads,
  );
  return verificationOf([...results, ...faults]);
}

async function* recordsOf(reader: Reader, chain: number, signal?: AbortSignal): AsyncGenerator<KeptRecord> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    signal?.throwIfAborted();
    const records = await readRecords(reader, chain, after);
    yield* records;
    const last = records.at(-1);
    if (records.length < RECORD_PAGE || last === undefined) return;
    after = last.sequence;
  }
}
