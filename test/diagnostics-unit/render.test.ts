import { describe, expect, test } from "vitest";
import type { Origin } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";

function origin(start: number, end: number, more: Partial<Origin> = {}): Origin {
  return { span: { start, end }, pointer: "", node: "", ...more };
}

function unknownField(findings: ReturnType<typeof createFindings>, field: string, place: Origin, nearest = ""): void {
  findings.report("WF_VALIDATION_004", place, { field, of: "node `a`", nearest });
}

describe("a diagnostic", () => {
  test("has its text, its place and its parameters", () => {
    const findings = createFindings();
    unknownField(findings, "wiht", origin(9, 13, { pointer: "/spec/wiht", node: "a" }), "with");
    const [diagnostic] = render(findings.list, "spec:\r\n  wiht: 1\r\n");
    expect(diagnostic).toMatchObject({
      code: "WF_VALIDATION_004",
      message: "node `a` has no field `wiht`; did you mean `with`?",
      severity: "error",
      category: "validation",
      location: {
        nodeId: "a",
        field: "/spec/wiht",
        line: 2,
        column: 3,
        endLine: 2,
        endColumn: 7,
        snippet: "  wiht: 1",
      },
      suggestions: ["Write `with`.", "Remove `wiht`."],
      context: { field: "wiht", of: "node `a`", nearest: "with" },
      fixes: [],
    });
    expect(diagnostic?.docsLinks[0]).toMatch(/\/WF_VALIDATION_004$/);
    expect(diagnostic).not.toHaveProperty("cause");
  });

  test("keeps its fixes, and its cause with a place of its own", () => {
    const findings = createFindings();
    const fix = { title: "Rename", patch: [{ op: "move", from: "/b", path: "/a" } as const] };
    const inner = createFindings();
    inner.report("WF_SOURCE_012", origin(3, 4), { raw: "1e999" });
    const [cause] = inner.list;
    findings.report("WF_SOURCE_008", origin(0, 1), { key: "k" }, { fixes: [fix], ...(cause && { cause }) });
    const [diagnostic] = render(findings.list, "ab\ncd");
    expect(diagnostic?.fixes).toEqual([fix]);
    expect(diagnostic?.cause).toMatchObject({ code: "WF_SOURCE_012", location: { line: 2, column: 1 } });
  });
});

describe("order and amount", () => {
  test("diagnostics are sorted by position, then by code, whatever came first", () => {
    const findings = createFindings();
    findings.report("WF_SOURCE_012", origin(5, 6), { raw: "2" });
    findings.report("WF_SOURCE_008", origin(5, 6), { key: "k" });
    findings.report("WF_SOURCE_012", origin(1, 2), { raw: "1" });
    const codes = render(findings.list, "0123456789").map(({ code, location }) => `${code}@${location.column}`);
    expect(codes).toEqual(["WF_SOURCE_012@2", "WF_SOURCE_008@6", "WF_SOURCE_012@6"]);
  });

  test("what is the same in code, text and place is said once", () => {
    const findings = createFindings();
    unknownField(findings, "x", origin(0, 1));
    unknownField(findings, "x", origin(0, 1));
    unknownField(findings, "x", origin(1, 2));
    unknownField(findings, "y", origin(0, 1));
    expect(render(findings.list, "abc")).toHaveLength(3);
  });

  test("a thousand findings are kept, and the rest still counts as failure", () => {
    const findings = createFindings();
    for (let index = 0; index < 1_000; index++) {
      findings.report("WF_VALIDATION_009", origin(index, index + 1), { node: "n", why: "" });
    }
    expect(findings.failed).toBe(false);
    for (let index = 0; index < 5_000; index++) unknownField(findings, "x", origin(index, index + 1));
    expect(findings.list).toHaveLength(1_000);
    expect(findings.failed).toBe(true);
  });
});

describe("text from a definition", () => {
  test("control, format and bidirectional characters are escaped everywhere", () => {
    const findings = createFindings();
    const evil = "a\u001b[31m\u202e\u200b\u0000\u2028z";
    unknownField(findings, evil, origin(0, 1, { pointer: `/${evil}`, node: evil }));
    const [diagnostic] = render(findings.list, evil);
    const shown = "a\\u{1b}[31m\\u{202e}\\u{200b}\\u{0}\\u{2028}z";
    expect(diagnostic?.message).toContain(shown);
    expect(diagnostic?.suggestions.join()).toContain(shown);
    expect(diagnostic?.context["field"]).toBe(shown);
    expect(diagnostic?.location).toMatchObject({ nodeId: shown, snippet: shown });
  });

  test("a pointer can be followed as it is, or leads to the nearest value around that one can", () => {
    const fieldOf = (pointer: string): string | undefined => {
      const findings = createFindings();
      unknownField(findings, "x", origin(0, 1, { pointer }));
      return render(findings.list, "x")[0]?.location.field;
    };
    const long = "k".repeat(3_000);
    for (const pointer of ["", "/", "/a/0/b", "/a~1b/~0", "/a\u{202e}\u200b b", "/\u{1b}[31m"])
      expect(fieldOf(pointer)).toBe(pointer);
    expect(fieldOf("/a\u202e/\u200b")).toBe("/a\u202e/\u200b");
    expect(fieldOf(`/States/${long}/Next`)).toBe("/States");
    expect(fieldOf(`/${long}`)).toBe("");
    expect(fieldOf("/States/a\ud800/Next")).toBe("/States");
    expect(fieldOf(`${"/12345".repeat(1_000)}`)).toBe("/12345".repeat(333));
  });

  test("half a surrogate pair becomes U+FFFD, whole characters stay", () => {
    const findings = createFindings();
    unknownField(findings, "\ud800 😀", origin(0, 1));
    const [diagnostic] = render(findings.list, "x");
    expect(diagnostic?.context["field"]).toBe("\ufffd 😀");
    expect(diagnostic?.message.isWellFormed()).toBe(true);
  });

  test("long text is bounded", () => {
    const findings = createFindings();
    const long = "x".repeat(1_000_000);
    unknownField(findings, long, origin(0, 1, { pointer: `/${long}`, node: long }));
    const [diagnostic] = render(findings.list, long);
    expect(diagnostic?.message.length).toBeLessThanOrEqual(2_001);
    expect(diagnostic?.context["field"]?.length).toBe(2_001);
    expect(diagnostic?.location.field).toBe("");
    expect(diagnostic?.location.nodeId.length).toBe(2_001);
    expect(diagnostic?.location.snippet.length).toBe(200);
  });

  test("the snippet of a long line shows the place", () => {
    const findings = createFindings();
    const text = `${"a".repeat(5_000)}HERE${"b".repeat(5_000)}`;
    unknownField(findings, "x", origin(5_000, 5_004));
    unknownField(findings, "y", origin(text.length - 1, text.length));
    const [middle, end] = render(findings.list, text);
    expect(middle?.location.snippet).toContain("aaHEREbb");
    expect(end?.location.snippet).toBe("b".repeat(200));
  });

  test("the snippet is the first line of the range", () => {
    const findings = createFindings();
    unknownField(findings, "x", origin(4, 12));
    const [diagnostic] = render(findings.list, "one\ntwo\r\nthree\n");
    expect(diagnostic?.location).toMatchObject({ line: 2, endLine: 3, endColumn: 4, snippet: "two" });
  });
});
