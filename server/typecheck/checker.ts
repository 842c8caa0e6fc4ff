import { API, type Snapshot, type Diagnostic as TypeScriptDiagnostic } from "typescript/unstable/sync";
import { hostTypes } from "./host-types.ts";
import { standardLibrary } from "./library.ts";

/** An error of the TypeScript compiler in generated code: our defect, never the caller's. */
export interface TypeProblem {
  readonly file: string;
  /** UTF-16 offset in that file. */
  readonly offset: number;
  readonly code: number;
  readonly message: string;
}

/** The TypeScript compiler, kept warm. It serves one check at a time. */
export interface TypeChecker {
  /** The problems of a module of these files, by path; the paths may differ from call to call. */
  check(files: ReadonlyMap<string, string>): readonly TypeProblem[];
  /** The process that checks: killing it ends a check that takes too long, and `check` then throws. */
  readonly processId: number;
  close(): void;
}

const folder = "/module";
const project = `${folder}/tsconfig.json`;
/** Served from memory beside the module: the standard library and what modules use of their host. */
const ambientFiles = ["library.d.ts", "host.d.ts"];

/**
 * The strictest settings that a caller is likely to have, so that the module passes in their project too. The unused
 * checks also hold us to emitting nothing that is dead.
 */
export const compilerOptions = {
  target: "es2023",
  noLib: true,
  module: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  isolatedDeclarations: true,
  declaration: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  types: [] as string[],
  noEmit: true,
} as const;

/**
 * Starts the native TypeScript compiler (TypeScript 7.0, `typescript/unstable/sync`) with files served from memory. This
 * module is the only one that knows that interface: 7.1 renames it.
 */
export function createChecker(): TypeChecker {
  const files = new Map<string, string>([
    [`${folder}/package.json`, JSON.stringify({ type: "module" })],
    [`${folder}/library.d.ts`, standardLibrary()],
    [`${folder}/host.d.ts`, hostTypes],
  ]);
  let roots: readonly string[] = [];
  const api = new API({ cwd: folder, fs: fileSystem(files) });
  let snapshot: Snapshot | undefined;

  function load(next: ReadonlyMap<string, string>): void {
    const changed: string[] = [];
    for (const [path, text] of next) {
      const file = `${folder}/${path}`;
      if (files.get(file) !== text) changed.push(file);
      files.set(file, text);
    }
    const nextRoots = [...next.keys()].sort();
    if (nextRoots.join() !== roots.join()) {
      roots = nextRoots;
      files.set(project, JSON.stringify({ compilerOptions, files: [...ambientFiles, ...roots] }));
      changed.push(project);
    }
    // Without its list of changes the compiler answers from the last snapshot in silence.
    const update = snapshot === undefined ? { openProjects: [project] } : { fileChanges: { changed } };
    const newer = api.updateSnapshot(update);
    snapshot?.dispose();
    snapshot = newer;
  }

  return {
    check(next) {
      load(next);
      const program = snapshot?.getProject(project)?.program;
      if (program === undefined) throw new Error("the TypeScript compiler did not open its project");
      const problems = program.getConfigFileParsingDiagnostics().map(toProblem);
      for (const path of next.keys()) {
        const file = `${folder}/${path}`;
        const syntactic = program.getSyntacticDiagnostics(file);
        problems.push(...(syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(file)).map(toProblem));
      }
      return problems;
    },
    processId: processIdOf(api),
    close() {
      try {
        snapshot?.dispose();
        // Killed outright: asked to end, it would complain on our standard error.
        process.kill(processIdOf(api), "SIGKILL");
      } catch {
        // It was dead already.
      }
      api.close();
    },
  };
}

function toProblem(diagnostic: TypeScriptDiagnostic): TypeProblem {
  return {
    file: diagnostic.fileName?.slice(folder.length + 1) ?? "",
    offset: diagnostic.pos,
    code: diagnostic.code,
    message: diagnostic.text,
  };
}

/** Files from memory and none from disk. A callback that throws would end the session. */
function fileSystem(files: ReadonlyMap<string, string>) {
  return {
    readFile: (path: string) => files.get(path) ?? null,
    fileExists: (path: string) => files.has(path),
    directoryExists: (path: string) => path === "/" || path === folder,
    getAccessibleEntries: () => ({ files: [], directories: [] }),
    realpath: (path: string) => path,
  };
}

/** The interface does not offer its child's process id; without it a runaway check could not be stopped. */
function processIdOf(api: API): number {
  const { client } = api as unknown as { client: { channel: { child: { pid?: number } } } };
  const processId = client.channel.child.pid;
  if (processId === undefined) throw new Error("the TypeScript compiler did not start");
  return processId;
}
