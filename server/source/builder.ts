import type { Findings, Span } from "../diagnostics/diagnostic.ts";
import { createLines, type Lines } from "../diagnostics/lines.ts";
import type { SourceLimits } from "./limits.ts";
import { type Member, pointerToken } from "./tree.ts";

/** An object while its members are being read. */
export interface OpenMembers {
  readonly members: Member[];
  readonly byKey: Map<string, Member>;
}

/** What JSON and YAML have in common: the limits on values, and the rules for keys and strings. */
export interface Builder {
  /** Whether one more value may stand here, inside `depth` arrays and objects, itself counted; else it was reported. */
  admit(span: Span, pointer: string, depth: number): boolean;
  /** Adds a member, unless its key is forbidden or taken, which is reported; the first of two stays. */
  addMember(open: OpenMembers, member: Member): void;
  /** Reports half a surrogate pair in a string; `offsets` as in a StringTree. */
  checkText(value: string, span: Span, pointer: string, offsets: readonly number[] | null): void;
  /** The number that stands as `raw`; one that is too large is reported, and the largest possible stands for it. */
  toNumber(value: number, raw: string, span: Span, pointer: string): number;
}

export function createBuilder(text: string, limits: SourceLimits, findings: Findings): Builder {
  let values = 0;
  let lines: Lines | null = null;
  const lineOf = (offset: number): string => {
    lines ??= createLines(text);
    return String(lines.at(offset).line);
  };
  const checkText: Builder["checkText"] = (value, span, pointer, offsets) => {
    if (value.isWellFormed()) return;
    const index = loneSurrogate(value);
    const start = offsets?.[index];
    const place = start === undefined ? span : { start, end: offsets?.[index + 1] ?? span.end };
    const unit = `U+${value.charCodeAt(index).toString(16).toUpperCase()}`;
    findings.report("WF_SOURCE_009", { span: place, pointer, node: "" }, { unit });
  };
  return {
    admit(span, pointer, depth) {
      values++;
      const origin = { span, pointer, node: "" };
      if (depth > limits.depth) findings.report("WF_SOURCE_004", origin, { limit: String(limits.depth) });
      else if (values > limits.values) findings.report("WF_SOURCE_005", origin, { limit: String(limits.values) });
      else if (pointer.length > limits.pointerLength) {
        findings.report("WF_SOURCE_014", { ...origin, pointer: "" }, { limit: String(limits.pointerLength) });
      } else return true;
      return false;
    },
    addMember(open, member) {
      const { key, keySpan, value } = member;
      const first = open.byKey.get(key);
      const origin = { span: keySpan, pointer: value.pointer, node: "" };
      if (first) {
        findings.report("WF_SOURCE_007", origin, { key, line: lineOf(first.keySpan.start) });
      } else if (key === "__proto__") {
        findings.report("WF_SOURCE_008", origin, { key });
      } else {
        checkText(key, keySpan, value.pointer, null);
        open.members.push(member);
        open.byKey.set(key, member);
      }
    },
    checkText,
    toNumber(value, raw, span, pointer) {
      if (Number.isFinite(value)) return value;
      findings.report("WF_SOURCE_012", { span, pointer, node: "" }, { raw });
      return value < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;
    },
  };
}

function loneSurrogate(value: string): number {
  const wellFormed = value.toWellFormed();
  let index = 0;
  while (value.charCodeAt(index) === wellFormed.charCodeAt(index)) index++;
  return index;
}

/** The pointer of a member or item. Concatenated strings share their start, so a deep tree stays small. */
export function pointerBelow(pointer: string, key: string | number): string {
  if (typeof key === "string" && (key.includes("/") || key.includes("~"))) return `${pointer}/${pointerToken(key)}`;
  return `${pointer}/${key}`;
}
