/**
 * What one question to the rate limiter costs: `node test/bench/rate-limit.ts`. All calls are let in, which costs more than
 * refusing; `crowded` has more callers than are told apart.
 */
import type { Principal } from "../../server/admission/call.ts";
import { createRateLimiter } from "../../server/admission/rate-limit.ts";

const unlimited = { count: 1_000_000_000, perMs: 1_000, burst: 1_000_000_000 };
const limiter = createRateLimiter({ call: unlimited, global: unlimited, connection: null, stream: null });
const nobody: Principal = { name: "anonymous", kind: "anonymous", roles: new Set() };
const method = "workflow.compiler.v1.CompilerService/Compile";
const ROUND = 500_000;

const rows = [
  { name: "one caller", callers: 1, address: () => "10.0.0.1" },
  { name: "1,000 callers", callers: 1_000, address: (index: number) => `10.0.${index >> 8}.${index & 255}` },
  { name: "1,000 by IPv6", callers: 1_000, address: (index: number) => `2001:db8:${index.toString(16)}::1` },
  { name: "crowded", callers: 30_000, address: (index: number) => `10.1.${index >> 8}.${index & 255}` },
] as const;

for (const { name, callers, address } of rows) {
  const calls = Array.from({ length: callers }, (_, index) => ({ principal: nobody, address: address(index), method }));
  const times = [1, 2, 3, 4, 5].map(() => {
    const start = performance.now();
    for (let round = 0; round < ROUND / callers; round++) for (const call of calls) limiter.takeCall(call);
    return ((performance.now() - start) / ROUND) * 1_000;
  });
  process.stdout.write(`${name.padEnd(16)} ${Math.min(...times).toFixed(2)} µs\n`);
}
