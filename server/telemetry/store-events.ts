import type { AuditLog } from "../store/audit.ts";
import type { StoreEvent } from "../store/store.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** In the log, and counted where something went wrong. */
export function tellOfStore(event: StoreEvent, { logger }: Log, metrics: Metrics): void {
  switch (event.kind) {
    case "away":
      metrics.fault("store");
      logger.error({ reason: event.reason }, "the store is away: audit records wait in memory");
      return;
    case "back":
      logger.info("the store is back");
      return;
    case "audit-lost":
      metrics.fault("audit");
      logger.error({ records: event.records }, "audit records are lost; a gap record will say so");
      return;
    case "chain-changed":
      logger.warn({ chain: event.chain }, "another process writes to our audit chain: this one goes on with its own");
      return;
    case "artifact-damaged":
      metrics.fault("store");
      logger.error({ key: event.key }, "a stored artifact was damaged and is deleted");
      return;
    case "swept":
      logger.debug(event, "deleted what was old");
      return;
    case "failed":
      metrics.fault("store");
      logger.error({ what: event.what, reason: event.reason }, "the store failed");
      return;
    default:
      event satisfies never;
  }
}

/** Without anybody asking: a broken chain must not wait until somebody looks. Never rejects. */
export async function verifyAudit(audit: AuditLog, { logger }: Log, metrics: Metrics): Promise<void> {
  try {
    const { ok, records } = await audit.verify();
    if (ok) return;
    metrics.fault("audit");
    logger.error({ records }, "the audit log does not verify");
  } catch (error) {
    logger.warn({ err: error }, "the audit log could not be verified");
  }
}
