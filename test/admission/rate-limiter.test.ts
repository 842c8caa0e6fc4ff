import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressGroup, plainAddress } from "../../server/admission/address.ts";
import { createBuckets } from "../../server/admission/buckets.ts";
import type { Principal } from "../../server/admission/call.ts";
import { createRateLimiter, type Rates } from "../../server/admission/rate-limit.ts";
import { noRates } from "../service/harness.ts";

/** A limiter with a clock that stands until the test moves it. */
function limiterWith(rates: Partial<Rates>, capacity?: number) {
  let time = 1_000;
  const limiter = createRateLimiter({ ...noRates, ...rates }, { now: () => time, ...(capacity ? { capacity } : {}) });
  const pass = (ms: number): void => {
    time += ms;
  };
  return { limiter, pass };
}

const nobody: Principal = { name: "anonymous", kind: "anonymous", roles: new Set() };
const named = (name: string): Principal => ({ name, kind: "token", roles: new Set() });
const from = (address: string, method = "M") => ({ principal: nobody, address, method });

describe("a token bucket", () => {
  test("is what counting tokens says, for any rate and any times", () => {
    const rates = fc.record({
      count: fc.integer({ min: 1, max: 1_000 }),
      perMs: fc.integer({ min: 1_000, max: 100_000 }),
      burst: fc.integer({ min: 1, max: 50 }),
    });
    const pauses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })), { maxLength: 200 });
    fc.assert(
      fc.property(rates, pauses, (rate, times) => {
        const { limiter, pass } = limiterWith({ call: rate }, 10);
        let tokens = rate.burst;
        for (const ms of times) {
          pass(ms);
          tokens = Math.min(rate.burst, tokens + (ms * rate.count) / rate.perMs);
          // Where a token is just there, or just not, the two may round differently.
          if (Math.abs(tokens - 1) < 1e-6) return;
          const refusal = limiter.takeCall(from("10.0.0.1"));
          expect(refusal === null).toBe(tokens >= 1);
          if (refusal === null) tokens--;
          else expect(refusal.retryAfterMs).toBeCloseTo(((1 - tokens) * rate.perMs) / rate.count, 3);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("gives a token when it said that it would", () => {
    const { limiter, pass } = limiterWith({ call: { count: 100, perMs: 60_000, burst: 20 } });
    for (let index = 0; index < 20; index++) expect(limiter.takeCall(from("a"))).toBeNull();
    const refusal = limiter.takeCall(from("a"));
    expect(refusal).toMatchObject({ limit: "call", subject: "address:a", retryAfterMs: 600 });
    pass(599);
    expect(limiter.takeCall(from("a"))).not.toBeNull();
    pass(1);
    expect(limiter.takeCall(from("a"))).toBeNull();
  });
});

describe("whose bucket", () => {
  const rate = { count: 1, perMs: 60_000, burst: 1 };

  test("a principal, wherever it calls from; each method by itself", () => {
    const { limiter } = limiterWith({ call: rate });
    const call = (name: string, address: string, method: string) =>
      limiter.takeCall({ principal: named(name), address, method }) === null;
    expect([call("a", "10.0.0.1", "M"), call("a", "10.0.0.2", "M"), call("a", "10.0.0.1", "N")]).toEqual([
      true,
      false,
      true,
    ]);
    expect([call("b", "10.0.0.1", "M"), call("b", "10.0.0.1", "M")]).toEqual([true, false]);
  });

  test("a principal that is named like an address is not that address", () => {
    const { limiter } = limiterWith({ call: rate });
    expect(limiter.takeCall({ principal: named("10.0.0.1"), address: "x", method: "M" })).toBeNull();
    expect(limiter.takeCall(from("10.0.0.1"))).toBeNull();
  });

  test("an address of IPv6 counts as its first 64 bits", () => {
    const { limiter } = limiterWith({ call: rate });
    expect(limiter.takeCall(from("2001:db8:0:1::1"))).toBeNull();
    expect(limiter.takeCall(from("2001:db8:0:1:ffff:ffff:ffff:ffff"))).toMatchObject({
      subject: "address:2001:db8:0:1::/64",
    });
    expect(limiter.takeCall(from("2001:db8:0:2::1"))).toBeNull();
  });

  test.each([
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["2001:0db8::5:6:7:8", "2001:db8:0:0::/64"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4::/64"],
    ["1:2:3::8", "1:2:3:0::/64"],
    ["10.1.2.3", "10.1.2.3"],
  ])("%s is of %s", (address, group) => expect(addressGroup(address)).toBe(group));

  test("an address of IPv4 in the form of IPv6 is that of IPv4", () => {
    expect([plainAddress("::ffff:10.0.0.1"), plainAddress("::1"), plainAddress(undefined)]).toEqual([
      "10.0.0.1",
      "::1",
      "unknown",
    ]);
  });
});

describe("memory", () => {
  const slow = { count: 1, perMs: 60_000, burst: 2 };

  test("is bounded, and nobody empties it to get a new bucket", () => {
    const { limiter } = limiterWith({ call: slow }, 10);
    const spent = () => limiter.takeCall(from("victim")) !== null;
    expect([spent(), spent(), spent()]).toEqual([false, false, true]);
    let letIn = 0;
    for (let index = 0; index < 10_000; index++) if (limiter.takeCall(from(`flood-${index}`)) === null) letIn++;
    // Nine have room; all others share one bucket of two.
    expect(letIn).toBe(11);
    expect(spent()).toBe(true);
  });

  test("is given back when buckets are full again", () => {
    const buckets = createBuckets(10);
    for (let index = 0; index < 1_000; index++) {
      const now = index * 60_000;
      expect(buckets.take(`k${index}`, slow, now)).toBe(`k${index}`);
      expect(buckets.size).toBeLessThanOrEqual(10);
    }
  });
});

describe("all together", () => {
  test("have a bucket of their own, and who is refused by it keeps the own token", () => {
    const { limiter, pass } = limiterWith({
      call: { count: 1, perMs: 1_000_000, burst: 1 },
      global: { count: 1, perMs: 1_000, burst: 1 },
    });
    expect(limiter.takeCall(from("a"))).toBeNull();
    expect(limiter.takeCall(from("b"))).toMatchObject({ limit: "global", subject: "everybody", retryAfterMs: 1_000 });
    expect(limiter.takeCall(from("a"))).toMatchObject({ limit: "call" });
    pass(1_000);
    expect(limiter.takeCall(from("b"))).toBeNull();
    expect(limiter.limits().map(({ name, refused }) => [name, refused])).toEqual([
      ["call", 1],
      ["connection", 0],
      ["stream", 0],
      ["global", 1],
    ]);
  });
});

describe("at run time", () => {
  const rate = { count: 1, perMs: 3_600_000, burst: 1 };

  test("a rate counts from when it is set, for those who were refused too", () => {
    const { limiter } = limiterWith({ call: rate, global: rate, connection: rate, stream: rate });
    const stream = limiter.openStream();
    const all = () => [
      limiter.takeCall(from("a"))?.limit ?? null,
      limiter.takeConnection("a")?.limit ?? null,
      stream()?.limit ?? null,
    ];
    expect([all(), all()]).toEqual([
      [null, null, null],
      ["call", "connection", "stream"],
    ]);
    for (const name of ["call", "connection", "stream", "global"] as const)
      limiter.set(name, { count: 60, perMs: 60_000, burst: 1 });
    expect([all(), all()]).toEqual([
      [null, null, null],
      ["call", "connection", "stream"],
    ]);
    limiter.set("call", null);
    expect(all()).toEqual(["global", "connection", "stream"]);
    limiter.set("global", null);
    limiter.set("connection", null);
    limiter.set("stream", null);
    expect(all()).toEqual([null, null, null]);
    expect(limiter.limits()[0]).toMatchObject({ name: "call", rate: null, configured: rate });
  });

  test("buckets are filled for one, or for all", () => {
    const { limiter } = limiterWith({ call: rate });
    const spend = () => {
      limiter.takeCall(from("a"));
      limiter.takeCall({ principal: named("p"), address: "a", method: "M" });
      limiter.takeCall({ principal: named("p"), address: "a", method: "N" });
    };
    const spent = () => [
      limiter.takeCall(from("a")) !== null,
      limiter.takeCall({ principal: named("p"), address: "a", method: "M" }) !== null,
      limiter.takeCall({ principal: named("p"), address: "a", method: "N" }) !== null,
    ];
    spend();
    limiter.reset("p");
    expect(spent()).toEqual([true, false, false]);
    limiter.reset("a");
    expect(spent()).toEqual([false, true, true]);
    limiter.reset();
    expect(spent()).toEqual([false, false, false]);
  });
});
