import { isObject } from "../objects.ts";

/**
 * The forms of names and values that the API server holds objects to, as k8s.io/apimachinery/pkg/util/validation and
 * k8s.io/apimachinery/pkg/api/resource have them. Each gives what is wrong, or null.
 */
export type Form = (value: unknown) => string | null;

const matching =
  (pattern: RegExp, longest: number, what: string): Form =>
  (value) =>
    typeof value === "string" && value.length <= longest && pattern.test(value)
      ? null
      : `${JSON.stringify(value)} is no ${what} of at most ${longest} characters`;

/** RFC 1035, for names of services: it begins with a letter. */
export const dnsLabel1035 = matching(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 63, "DNS label that begins with a letter");
export const dnsLabel = matching(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63, "DNS label");
export const dnsSubdomain = matching(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  253,
  "DNS subdomain",
);
export const labelValue = matching(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, 63, "label value");
export const pathSegment = matching(/^(?!\.{1,2}$)[^/%]+$/, 253, "segment of a path");
/** RFC 6335 §5.1, for names of ports that others refer to. */
export const portName = matching(/^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 15, "port name");
export const configKey = matching(/^(?!\.{1,2}$)[-._a-zA-Z0-9]+$/, 253, "key of a ConfigMap");
/** Before 1.34; later versions take any printable character but `=`. */
export const variableName = matching(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, 1_000, "name of a variable");
const keyName = matching(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/, 63, "name of a label");

/** `prefix/name`, for the keys of labels and annotations. */
export const qualifiedName: Form = (value) => {
  const parts = String(value).split("/");
  const [prefix, name = ""] = parts.length === 1 ? [undefined, parts[0]] : parts;
  if (parts.length > 2) return `${JSON.stringify(value)} has more than one slash`;
  return (prefix === undefined ? null : dnsSubdomain(prefix)) ?? keyName(name);
};

export const portNumber: Form = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535 ? null : `${value} is no port`;

const suffixes: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** How much a quantity such as `100m` or `1Gi` is; NaN where it is none. */
export function amountOf(quantity: unknown): number {
  const [, number, exponent = "", suffix = ""] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(String(quantity)) ?? [];
  return number === undefined ? Number.NaN : Number(`${number}${exponent}`) * (suffixes[suffix] ?? Number.NaN);
}

export const quantity: Form = (value) =>
  ["string", "number"].includes(typeof value) && amountOf(value) >= 0 ? null : `${value} is no quantity`;

/** A whole number, or a percentage where it is text. */
export const intOrPercent: Form = (value) =>
  (Number.isInteger(value) && Number(value) >= 0) || /^\d{1,3}%$/.test(String(value)) ? null : `${value} is no share`;

/** Collects what is wrong, each with its place. */
export interface Faults {
  readonly found: readonly string[];
  /** Holds a value to a form. */
  hold(path: string, form: Form, value: unknown): void;
  /** Says `message` unless `right`. */
  want(right: boolean, path: string, message: string): void;
  /** Says what is there more than once. */
  once(path: string, values: readonly unknown[]): void;
}

export function collectFaults(): Faults {
  const found: string[] = [];
  const say = (path: string, message: string): void => void found.push(`${path}: ${message}`);
  return {
    found,
    hold(path, form, value) {
      const fault = form(value);
      if (fault !== null) say(path, fault);
    },
    want(right, path, message) {
      if (!right) say(path, message);
    },
    once(path, values) {
      const twice = values.filter((value, index) => value !== undefined && values.indexOf(value) !== index);
      for (const value of twice) say(path, `${JSON.stringify(value)} is there more than once`);
    },
  };
}

export type Fields = Readonly<Record<string, unknown>>;

/** What is at a path inside; {} where nothing is. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly Fields[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}
