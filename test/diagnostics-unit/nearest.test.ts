import { expect, test } from "vitest";
import { nearest } from "../../server/diagnostics/nearest.ts";

test.each([
  ["http.reqest", ["http.request", "http.response", "core.if"], "http.request"],
  ["Charge", ["charge", "refund"], "charge"],
  ["chagre", ["refund", "charge"], "charge"],
  ["payments.charge", ["mail.send", "core.forEach"], ""],
  ["retires", ["retry", "retries"], "retries"],
  ["x", ["y"], "y"],
  ["x", ["yz"], ""],
  ["", [], ""],
  ["a", [], ""],
])("%s among %j is %j", (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

test("of two that are equally near the first one is named", () => {
  expect(nearest("cat", ["bat", "hat"])).toBe("bat");
});

test("a name as long as a document is compared by its start only", () => {
  expect(nearest("x".repeat(1_000_000), ["charge"])).toBe("");
});
