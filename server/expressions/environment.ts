import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import type { Expression } from "../ir/expression.ts";

/** What an expression may name, and where its problems go. */
export interface Environment {
  readonly findings: Findings;
  /** The id of the node, state or task around the expression. */
  readonly node: string;
  /** All names that `resolve` knows, for suggestions. */
  readonly names: Iterable<string>;
  /** The value of a name; null: unknown, which is reported for it; "reported": known, but it has said why it cannot be used. */
  resolve(name: string, origin: Origin): Expression | "reported" | null;
  /**
   * Asked before `resolve` about `name.member` and `name["member"]`, so that `nodes["send-mail"]` need not be one value.
   * Null: no such pair; then `resolve` is asked. A value of kind `object` is fine: members are picked from it at once.
   */
  resolveMember?(name: string, member: string, origin: Origin): Expression | "reported" | null;
}
