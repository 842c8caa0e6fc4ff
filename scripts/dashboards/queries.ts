/** PromQL of the dashboards, put together from what is asked for. `$namespace` and `$job` choose the release. */

const release = 'namespace=~"$namespace", job=~"$job"';

/** Methods of other services have a "/" in their name; `other` is what nobody serves. The alerts say the same. */
export const compilerMethods = 'method!~".*/.*|other"';

/** Codes of calls that failed for a reason of ours. The alerts say the same. */
export const ourCodes = 'code=~"INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED|UNKNOWN|DATA_LOSS"';

/** Share of calls that may fail: 99.9% of them are served. */
export const BUDGET = 0.001;

export function metric(name: string, matchers = ""): string {
  return `${name}{${matchers === "" ? release : `${release}, ${matchers}`}}`;
}

export function rate(name: string, matchers = "", window = "$__rate_interval"): string {
  return `rate(${metric(name, matchers)}[${window}])`;
}

export function sum(expression: string, ...by: readonly string[]): string {
  return aggregate("sum", expression, by);
}

export function max(expression: string, ...by: readonly string[]): string {
  return aggregate("max", expression, by);
}

export function min(expression: string, ...by: readonly string[]): string {
  return aggregate("min", expression, by);
}

export function count(expression: string, ...by: readonly string[]): string {
  return aggregate("count", expression, by);
}

function aggregate(operator: string, expression: string, by: readonly string[]): string {
  return by.length === 0 ? `${operator}(${expression})` : `${operator} by (${by.join(", ")}) (${expression})`;
}

/** Of a histogram, in its unit. */
export function quantile(share: number, histogram: string, matchers = "", ...by: readonly string[]): string {
  return `histogram_quantile(${share}, ${sum(rate(`${histogram}_bucket`, matchers), ...by, "le")})`;
}

/** Share of the calls to the compiler that failed for a reason of ours. */
export function failedShare(window?: string): string {
  const all = sum(rate("workflow_requests_total", compilerMethods, window));
  return `${sum(rate("workflow_requests_total", `${compilerMethods}, ${ourCodes}`, window))} / ${all}`;
}

/** The slot and version of the replica that a sample is from, whatever labels it was scraped with. */
export function withSlot(expression: string): string {
  return `${expression} * on (namespace, job, instance) group_left (slot, version) ${metric("workflow_build_info")}`;
}
