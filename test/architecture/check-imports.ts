import { posix } from "node:path";
import { parseSync } from "oxc-parser";

/**
 * The direction of imports inside `server/`. A unit is a folder of it or, by its name without `.ts`, a file directly in it.
 * What a unit may import is listed; all else is forbidden, and `why` is told to whoever tries.
 */
export interface Unit {
  readonly imports: readonly string[];
  readonly why: string;
}

const pure =
  "The compiler is pure: the same bytes give the same answer on any machine, so it reads no files and opens no sockets.";

/** The compiler proper: none of its folders may know of Node's I/O or of gRPC. */
const compilerFolders = [
  "diagnostics",
  "source",
  "ir",
  "expressions",
  "components",
  "frontends",
  "checks",
  "structure",
  "emit",
];

export const units: Readonly<Record<string, Unit>> = {
  diagnostics: { imports: [], why: "Every stage reports through it, so it can depend on none." },
  source: { imports: ["diagnostics"], why: "Text becomes a tree before anything knows what it means." },
  ir: {
    imports: ["diagnostics", "source"],
    why: "The IR serves all dialects and all outputs, so it knows none of them.",
  },
  expressions: { imports: ["diagnostics", "source", "ir"], why: "An expression language serves several front ends." },
  components: {
    imports: ["diagnostics", "source", "ir", "expressions"],
    why: "Components are described before any definition uses them.",
  },
  frontends: {
    imports: ["diagnostics", "source", "ir", "expressions", "components"],
    why: "A front end makes a Program and leaves the rest to the stages after it.",
  },
  checks: {
    imports: ["diagnostics", "source", "ir"],
    why: "A check holds for every dialect, so it sees the IR, and of the document only values and their places.",
  },
  structure: { imports: ["diagnostics", "ir"], why: "It rewrites regions, whatever dialect they came from." },
  emit: {
    imports: ["diagnostics", "ir"],
    why: "Code is printed from the IR only, so that every dialect gets the same code.",
  },
  typecheck: {
    imports: ["diagnostics", "source", "ir", "emit"],
    why: "It judges what `emit` wrote; no stage before it waits for its word.",
  },
  artifact: { imports: ["diagnostics"], why: "These words are shared with those who call the compiler." },
  fixing: {
    imports: ["artifact", "diagnostics", "source"],
    why: "It changes the text by what diagnostics offer, and asks others to judge it again.",
  },
  flowchart: {
    imports: ["artifact", "diagnostics", "ir"],
    why: "It draws what the IR says, as module text is printed from it.",
  },
  compile: {
    imports: [...compilerFolders, "typecheck", "artifact", "fixing", "flowchart"],
    why: "It composes the compiler, and does not know that it runs in a service.",
  },
  "compiler-worker": {
    imports: ["artifact", "compile", "components", "emit", "source", "typecheck"],
    why: "It is the compiler in a thread; it knows no gRPC.",
  },
  pool: {
    imports: ["artifact", "compiler-worker", "diagnostics"],
    why: "It spreads work over threads; it knows no gRPC.",
  },
  grpc: {
    imports: ["artifact", "components", "diagnostics", "ir"],
    why: "It speaks gRPC for whatever service uses it.",
  },
  admission: {
    imports: ["artifact", "config", "dependencies", "grpc"],
    why: "It decides on calls before anything is known of what they hold.",
  },
  service: {
    imports: ["admission", "artifact", "cache", "components", "diagnostics", "grpc"],
    why: "It composes the request path and gets the compiler behind its cache, so that tests can give it another.",
  },
  dependencies: {
    imports: [],
    why: "A connection to something else is made the same way, whoever needs it.",
  },
  store: {
    imports: ["artifact", "config", "dependencies"],
    why: "It keeps what outlives the process, and knows nothing of calls and definitions.",
  },
  "redacted-source": {
    imports: ["checks", "diagnostics", "source"],
    why: "It reads a definition only to take secrets out of it.",
  },
  "store-command": {
    imports: ["config", "store"],
    why: "It works on a store without a service: it migrates, verifies, backs up and restores.",
  },
  migrate: { imports: ["config", "store"], why: "It gets a store ready for a release before any replica of it runs." },
  cache: {
    imports: ["artifact", "dependencies", "grpc", "source", "store"],
    why: "It stands between the request path and the pool, keeps encoded replies, and knows neither.",
  },
  operations: {
    imports: ["admission", "cache", "config", "dependencies", "grpc", "health", "store"],
    why: "It shows and changes what others made, and gets all of it as parts.",
  },
  health: { imports: [], why: "Whatever is well or not, its state is told in the same words." },
  "health-probes": {
    imports: ["artifact", "dependencies", "health", "pool"],
    why: "It looks at parts of the service from outside, as a caller would.",
  },
  telemetry: {
    imports: ["admission", "artifact", "config", "dependencies", "diagnostics", "health", "store"],
    why: "It tells what others did, and takes no part in it.",
  },
  http: { imports: ["health", "telemetry"], why: "It shows health and metrics, and serves nothing else." },
  config: { imports: ["diagnostics"], why: "Settings are read before anything is built of them." },
  outcomes: {
    imports: ["grpc", "service", "store", "telemetry"],
    why: "It hands on what came of a definition, to those who keep it and those who tell of it.",
  },
  replica: {
    imports: [
      "outcomes",
      "admission",
      "artifact",
      "cache",
      "components",
      "config",
      "dependencies",
      "grpc",
      "health",
      "health-probes",
      "http",
      "operations",
      "pool",
      "redacted-source",
      "service",
      "source",
      "store",
      "telemetry",
    ],
    why: "It starts all parts, connects them and ends them; what they are made of it is given.",
  },
  main: {
    imports: ["config", "replica", "telemetry"],
    why: "It alone touches the environment, files and signals, and hands on what it finds.",
  },
};

/** Modules of Node or packages that some units must not import. */
const bans: readonly { readonly units: readonly string[]; readonly module: RegExp; readonly why: string }[] = [
  { units: compilerFolders, module: /^node:(?!crypto$)/, why: pure },
  { units: ["compile", "artifact", "fixing", "flowchart"], module: /^node:(?!crypto$)/, why: pure },
  {
    units: [...compilerFolders, "typecheck", "compile", "artifact", "compiler-worker", "pool", "config"],
    module: /^@grpc\//,
    why: "Only the edge speaks gRPC.",
  },
  {
    units: [...compilerFolders, "typecheck", "compile", "artifact", "compiler-worker", "pool", "config"],
    module: /^@workflow-compiler\//,
    why: "Only the edge knows the contract.",
  },
  {
    units: [...compilerFolders, "typecheck", "compile", "artifact"],
    module: /^pino/,
    why: "The compiler returns what it finds; the edge logs.",
  },
];

const catchAlls = /(^|\/)(utils?|helpers?|common|shared|misc|managers?)(\.|\/|$)/;

export interface Violation {
  readonly file: string;
  readonly what: string;
  readonly why: string;
}

/** @param files path from the root of the repository → text, for all TypeScript of `server/`. */
export function checkImports(files: ReadonlyMap<string, string>): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of files) {
    if (catchAlls.test(file)) {
      violations.push({ file, what: "its name is a catch-all", why: "A function lives beside what it serves." });
    }
    const unit = unitOf(file);
    if (unit === null || units[unit] === undefined) {
      violations.push({
        file,
        what: `\`${unit ?? file}\` is not in the table of imports`,
        why: "A new part has its place in the direction.",
      });
      continue;
    }
    for (const module of modulesOf(file, text)) {
      const violation = judge(file, unit, units[unit], module);
      if (violation !== null) violations.push(violation);
    }
  }
  return violations;
}

function judge(file: string, unit: string, { imports, why }: Unit, module: string): Violation | null {
  if (!module.startsWith(".")) {
    const ban = bans.find((entry) => entry.units.includes(unit) && entry.module.test(module));
    return ban ? { file, what: `imports ${module}`, why: ban.why } : null;
  }
  const target = posix.normalize(posix.join(posix.dirname(file), module));
  if (!target.endsWith(".ts"))
    return { file, what: `imports ${module}`, why: "Import paths name the file, with `.ts`." };
  const targetUnit = unitOf(target);
  if (targetUnit === null)
    return { file, what: `imports ${target}`, why: "The server imports nothing from outside of its folder." };
  if (targetUnit === unit || imports.includes(targetUnit)) return null;
  return { file, what: `imports ${target}`, why: `\`${unit}\` may import ${imports.join(", ") || "nothing"}. ${why}` };
}

/** `server/ir/types.ts` → ir, `server/compile.ts` → compile; null outside of `server/`. */
function unitOf(path: string): string | null {
  const [root, first, ...rest] = path.split("/");
  if (root !== "server" || first === undefined) return null;
  return rest.length > 0 ? first : first.replace(/\.ts$/, "");
}

/** Everything that a file imports or re-exports, types included; a computed import stands as its own text. */
export function modulesOf(file: string, text: string): readonly string[] {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const reExports = module.staticExports.flatMap(({ entries }) => entries.map((entry) => entry.moduleRequest?.value));
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
    text.slice(start, end).replace(/^["'`]|["'`]$/g, ""),
  );
  const found = [...module.staticImports.map(({ moduleRequest }) => moduleRequest.value), ...reExports, ...dynamic];
  return [...new Set(found.filter((value) => value !== undefined))];
}
