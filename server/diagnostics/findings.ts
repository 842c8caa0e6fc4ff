import { type Code, catalogue } from "./catalogue.ts";
import type { Finding, Findings } from "./diagnostic.ts";

/** More findings than this say nothing new; the first ones are kept. */
const MAX_FINDINGS = 1_000;

export function createFindings(): Findings {
  const list: Finding[] = [];
  let failed = false;
  return {
    report(code, origin, params, more = {}) {
      if (catalogue[code].severity === "error") failed = true;
      if (list.length >= MAX_FINDINGS) return;
      const finding: Finding<typeof code> = {
        code,
        params,
        origin,
        fixes: more.fixes ?? [],
        ...(more.cause && { cause: more.cause }),
        ...(more.generated && { generated: more.generated }),
      };
      list.push(finding as Finding<Code>);
    },
    list,
    get failed() {
      return failed;
    },
  };
}
