/**
 * A clock that runs as fast as there is nothing else to do: sleepers wake in the order of their times, once everything
 * that can go on without waiting has. Activities sleep on it too, so that concurrency shows in times.
 */
export const prelude = `
import { run } from "./workflow.js";
let now = 0;
const sleepers = [];
function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const sleeper = { at: now + ms, wake: resolve };
    sleepers.push(sleeper);
    signal?.addEventListener("abort", () => { sleepers.splice(sleepers.indexOf(sleeper), 1); reject(signal.reason); }, { once: true });
  });
}
const pump = setInterval(() => {
  sleepers.sort((a, b) => a.at - b.at);
  const next = sleepers.shift();
  if (next) { now = next.at; next.wake(); }
}, 1);
const clock = { now: () => now, sleep };
const events = [];
const onEvent = (event) => events.push([event.type, event.step, event.at, ...(event.error ? [event.error.name] : [])]);
/** Keeps what nobody waits for, except for those who only want what comes from now on. */
const waiting = new Map();
const kept = new Map();
function listOf(map, channel) { if (!map.has(channel)) map.set(channel, []); return map.get(channel); }
function send(channel, message) {
  const waiter = listOf(waiting, channel).shift();
  if (waiter) waiter(message); else listOf(kept, channel).push(message);
}
const messages = {
  receive(channel, signal, isTransient) {
    if (!isTransient && listOf(kept, channel).length > 0) return Promise.resolve(listOf(kept, channel).shift());
    return new Promise((resolve, reject) => {
      const waiters = listOf(waiting, channel);
      waiters.push(resolve);
      signal.addEventListener("abort", () => { const at = waiters.indexOf(resolve); if (at >= 0) waiters.splice(at, 1); reject(signal.reason); }, { once: true });
    });
  },
};
const options = { clock, messages, random: () => 0.5, onEvent, runId: "run" };
function error(name, message = name) { return Object.assign(new Error(message), { name }); }
async function finish(promise) {
  const result = await promise.then((output) => ({ output }), (failure) => ({ name: failure.name, message: failure.message, step: failure.step }));
  clearInterval(pump);
  console.log(JSON.stringify({ ...result, events, now }));
}
`;
