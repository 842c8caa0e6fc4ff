import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { parse } from "yaml";
import type { Diagnostic } from "../../server/diagnostics/diagnostic.ts";
import { fixDocument } from "../../server/source/fix.ts";
import type { TestCompiler } from "../modules/compiler.ts";
import { applyPatch } from "./json-patch.ts";

export function diagnose(compiler: TestCompiler, text: string): readonly Diagnostic[] {
  return compiler.validate({ format: null, content: Buffer.from(text), name: "" }).diagnostics;
}

export function read(text: string): unknown {
  return parse(text, { uniqueKeys: false });
}

/** What a diagnostic says, whichever way its place has moved. */
function saying({ code, context, location }: Diagnostic): string {
  const { known: _, ...said } = context;
  return JSON.stringify([code, said, location.nodeId]);
}

function counted(diagnostics: readonly Diagnostic[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of diagnostics) counts.set(saying(one), (counts.get(saying(one)) ?? 0) + 1);
  return counts;
}

/**
 * Applies each fix alone to the text as sent: its diagnostic is gone, no error is new, and text and value agree.
 * Returns how many there were.
 */
export function expectFixesHold(compiler: TestCompiler, text: string): number {
  const before = diagnose(compiler, text);
  const known = counted(before);
  let tried = 0;
  for (const diagnostic of before) {
    for (const { title, patch } of diagnostic.fixes) {
      tried++;
      const value = applyPatch(read(text), patch);
      const fixed = fixDocument(text, patch);
      expect([title, read(fixed)]).toEqual([title, value]);
      const after = diagnose(compiler, fixed);
      const left = counted(after).get(saying(diagnostic)) ?? 0;
      expect(left, title).toBeLessThan(known.get(saying(diagnostic)) ?? 0);
      const fresh = after.filter((one) => one.severity === "error" && !known.has(saying(one)));
      expect([title, fresh.map(({ code, message }) => `${code} ${message}`)]).toEqual([title, []]);
    }
  }
  return tried;
}

/** Whether some fix that is offered for `broken` gives `whole` again. */
export function isHealed(compiler: TestCompiler, broken: unknown, whole: unknown): boolean {
  const diagnostics = diagnose(compiler, JSON.stringify(broken));
  return diagnostics.some(({ fixes }) =>
    fixes.some(({ patch }) => isDeepStrictEqual(applyPatch(broken, patch), whole)),
  );
}
