import { expect, test } from "vitest";
import { createLog, type Log } from "../../server/telemetry/log.ts";

function open(level: "info" | "error" | "silent" = "info") {
  const texts: string[] = [];
  const log = createLog(level, { write: (text: string) => void texts.push(text) });
  return { log, texts, lines: (): Record<string, unknown>[] => texts.map((text) => JSON.parse(text)) };
}

const call: Parameters<Log["callEnded"]>[0] = {
  requestId: "r-1",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  principal: { name: "spiffe://example/caller", kind: "certificate", roles: new Set(["caller"]) },
  address: "10.1.2.3",
  method: "workflow.compiler.v1.CompilerService/Compile",
  notes: { source: "order.yaml", bytes: 812, format: "graph" },
};
const end = { code: "OK", durationMs: 1.25, errorCode: "" };

test("each call is one line with who, what and how it ended", () => {
  const { log, lines } = open();
  log.callEnded(call, end);
  const [{ timestamp, ...line } = {}] = lines();
  expect(new Date(String(timestamp)).toISOString()).toBe(timestamp);
  expect(line).toEqual({
    level: "info",
    message: "call",
    requestId: "r-1",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    principal: "spiffe://example/caller",
    address: "10.1.2.3",
    method: "workflow.compiler.v1.CompilerService/Compile",
    code: "OK",
    durationMs: 1.25,
    errorCode: "",
    source: "order.yaml",
    bytes: 812,
    format: "graph",
  });
});

test("the level can be changed while it runs, for calls and for everything else", () => {
  const { log, texts } = open("error");
  log.callEnded(call, end);
  log.logger.info("not said");
  expect(log.level()).toBe("error");
  log.setLevel("info");
  log.callEnded(call, end);
  log.logger.info("said");
  expect(log.level()).toBe("info");
  expect(texts).toHaveLength(2);
  log.setLevel("silent");
  log.logger.fatal("not said either");
  expect(texts).toHaveLength(2);
});

test("secrets do not get into the log, wherever they stand", () => {
  const { log, texts } = open();
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl";
  log.logger.warn({ url: "redis://user:hunter2@cache:6379/0", authorization: "Basic aHVudGVyMg==" }, "lost");
  log.logger.warn(`cannot reach postgres://admin:hunter2@db/audit with Bearer ${token}`);
  log.logger.warn({ settings: { apiKey: "hunter2", nested: [{ dbPassword: "hunter2", host: "db" }] } }, "settings");
  log.logger.error(new Error(`refused: password=hunter2 token: hunter2 ${token}`));
  const key = "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----";
  log.logger.error({ err: new Error("no", { cause: new Error(key) }) }, "tls");
  const all = texts.join("");
  expect(texts).toHaveLength(5);
  expect(all).not.toContain("hunter2");
  expect(all).not.toContain("aHVudGVyMg");
  expect(all).not.toContain("c2lnbmF0dXJl");
  expect(all).toContain("redis://***@cache:6379/0");
  expect(all).toContain('"host":"db"');
});

test("nothing of a definition gets into the log with an error or by a field's name", () => {
  const { log, lines } = open();
  const marker = "zq-definition-text";
  let thrown: unknown;
  try {
    JSON.parse(`{"${marker}": }`);
  } catch (error) {
    thrown = error;
  }
  log.logger.error({ err: thrown, content: marker, snippet: marker, source: Buffer.from(marker) }, "fault");
  log.logger.error(Object.assign(new TypeError(`cannot read '${marker}' of \`${marker}\``), { code: "E_X" }));
  expect(JSON.stringify(lines())).not.toContain(marker);
  expect(lines()[0]).toMatchObject({
    level: "error",
    message: "fault",
    err: { type: "SyntaxError" },
    source: "18 bytes",
  });
  expect(lines()[1]).toMatchObject({ message: "fault", err: { type: "TypeError", code: "E_X" } });
  expect(JSON.stringify(lines()[1])).toContain("log.test.ts");
});

test("a line is bounded, and circular or deep fields do no harm", () => {
  const { log, texts } = open();
  const circular: Record<string, unknown> = { a: "x".repeat(100_000) };
  circular.self = circular;
  log.logger.info({ circular, many: Array.from({ length: 10_000 }, (_, i) => i) }, "y".repeat(100_000));
  expect(texts).toHaveLength(1);
  expect(texts[0]?.length).toBeLessThan(12_000);
});
