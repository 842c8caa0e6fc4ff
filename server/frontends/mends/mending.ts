import type { Code, Params } from "../../diagnostics/catalogue.ts";
import type { Findings, Fix, Origin } from "../../diagnostics/diagnostic.ts";
import type { Document } from "../../source/tree.ts";
import { mendConnection } from "./adapters.ts";
import { mendField } from "./fields.ts";
import { mendId } from "./ids.ts";
import { mendSpelling } from "./spelling.ts";
import { treeAt } from "./tree-at.ts";
import { mendValue } from "./values.ts";

/** What is wrong, as far as a mend needs to know. */
export interface Wrong {
  readonly code: Code;
  readonly params: Readonly<Record<string, string>>;
  readonly origin: Origin;
  readonly document: Document;
}

/** The fixes of one kind for a finding; none where it is of another kind, or where its mend is not certain. */
type Mend = (wrong: Wrong) => readonly Fix[];

const mends: readonly Mend[] = [mendSpelling, mendValue, mendField, mendConnection, mendId];

/** After so many findings the definition is not going to be mended one fix at a time. */
const maxMended = 200;

/**
 * Findings that gain a fix where the document shows one: front ends and expressions report what is wrong and where,
 * without having the text around it. A fix that they know themselves is kept as it is.
 */
export function withMends(findings: Findings, document: Document): Findings {
  const fixesFor = <C extends Code>(code: C, origin: Origin, params: Params<C>): readonly Fix[] => {
    if (findings.list.length >= maxMended || treeAt(document.root, origin.pointer) === null) return [];
    const wrong: Wrong = { code, params, origin, document };
    for (const mend of mends) {
      const fixes = mend(wrong);
      if (fixes.length > 0) return fixes;
    }
    return [];
  };
  return {
    report(code, origin, params, more = {}) {
      const fixes = more.fixes === undefined || more.fixes.length === 0 ? fixesFor(code, origin, params) : more.fixes;
      findings.report(code, origin, params, { ...more, fixes });
    },
    list: findings.list,
    get failed() {
      return findings.failed;
    },
  };
}
