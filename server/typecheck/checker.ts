import { API, type Snapshot, type Diagnostic as TypeScriptDiagnostic } from "typescript/unstable/sync";
import type { TargetName } from "../emit/target.ts";
import { hostTypes, temporalHostTypes } from "./host-types.ts";
import { standardLibrary } from "./library.ts";
import { temporalTypes } from "./temporal-types.ts";

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
  /** The problems of a module of these files, by path; the paths may differ from call to call. Default target: module. */
  check(files: ReadonlyMap<string, string>, target?: TargetName): readonly TypeProblem[];
  /** The process that checks: killing it ends a check that takes too long, and `check` then throws. */
  readonly processId: number;
  close(): void;
}

/** Modules of each target are a project of their own. Served from memory beside the module: the standard library and what modules use of their host. */
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
  skipLibCheck: true,
  noEmit: true,
} as const;

/** The files of one target. It is opened when its first module comes. */
interface Project {
  readonly folder: string;
  readonly config: string;
  roots: readonly string[];
  isOpen: boolean;
}

/**
 * Starts the native TypeScript compiler (TypeScript 7.0, `typescript/unstable/sync`) with files served from memory. This
 * module is the only one that knows that interface: 7.1 renames it.
 */
export function createChecker(): TypeChecker {
  const library = standardLibrary();
  const files = new Map<string, string>();
  const directories = new Set<string>(["/"]);
  const projects: Readonly<Record<TargetName, Project>> = {
    module: { folder: "/module", config: "/module/tsconfig.json", roots: [], isOpen: false },
    temporal: { folder: "/temporal", config: "/temporal/tsconfig.json", roots: [], isOpen: false },
  };
  const api = new API({ cwd: projects.module.folder, fs: fileSystem(files, directories) });
  let snapshot: Snapshot | undefined;

  function write(path: string, text: string): void {
    files.set(path, text);
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      directories.add(path.slice(0, end));
  }

  function open({ folder }: Project, target: TargetName): void {
    write(`${folder}/package.json`, JSON.stringify({ type: "module" }));
    write(`${folder}/library.d.ts`, library);
    write(`${folder}/host.d.ts`, target === "module" ? hostTypes : temporalHostTypes);
    if (target === "temporal") for (const [path, text] of temporalTypes()) write(`${folder}/${path}`, text);
  }

  function load(next: ReadonlyMap<string, string>, target: TargetName): void {
    const project = projects[target];
    if (!project.isOpen) open(project, target);
    const changed: string[] = [];
    for (const [path, text] of next) {
      const file = `${project.folder}/${path}`;
      if (files.get(file) !== text) changed.push(file);
      write(file, text);
    }
    const nextRoots = [...next.keys()].sort();
    if (nextRoots.join() !== project.roots.join()) {
      project.roots = nextRoots;
      write(project.config, JSON.stringify({ compilerOptions, files: [...ambientFiles, ...project.roots] }));
      changed.push(project.config);
    }
    // Without its list of changes the compiler answers from the last snapshot in silence.
    const update = project.isOpen ? { fileChanges: { changed } } : { openProjects: [project.config] };
    project.isOpen = true;
    const newer = api.updateSnapshot(update);
    snapshot?.dispose();
    snapshot = newer;
  }

  return {
    check(next, target = "module") {
      load(next, target);
      const { folder, config } = projects[target];
      const program = snapshot?.getProject(config)?.program;
      if (program === undefined) throw new Error("the TypeScript compiler did not open its project");
      const toProblem = problemIn(folder);
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

function problemIn(folder: string): (diagnostic: TypeScriptDiagnostic) => TypeProblem {
  return (diagnostic) => ({
    file: diagnostic.fileName?.slice(folder.length + 1) ?? "",
    offset: diagnostic.pos,
    code: diagnostic.code,
    message: diagnostic.text,
  });
}

/** Files from memory and none from disk. A callback that throws would end the session. */
function fileSystem(files: ReadonlyMap<string, string>, directories: ReadonlySet<string>) {
  return {
    readFile: (path: string) => files.get(path) ?? null,
    fileExists: (path: string) => files.has(path),
    directoryExists: (path: string) => directories.has(path),
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
