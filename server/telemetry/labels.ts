import { status } from "@grpc/grpc-js";
import { isCode } from "../diagnostics/explain.ts";

/** What a label says in place of a value that it does not take. */
const other = "other";

/**
 * Workflow types come from definitions, so from anybody. The first `MAX_TYPES` that are well-formed keep their names for the
 * life of the process, all others share one: a caller cannot make the number of series grow.
 */
export interface TypeNames {
  labelOf(workflowType: string): string;
}

const MAX_TYPES = 50;
const TYPE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;

/** For definitions that name no type. */
const unnamed = "none";

export function createTypeNames(max: number = MAX_TYPES): TypeNames {
  const known = new Set<string>();
  return {
    labelOf(workflowType) {
      if (workflowType === "") return unnamed;
      if (known.has(workflowType)) return workflowType;
      if (known.size >= max || !TYPE.test(workflowType)) return other;
      known.add(workflowType);
      return workflowType;
    },
  };
}

/** The last part of a method's name, where the method is one of ours: `Compile`, `health.Check`. */
export function createMethodNames(methods: Iterable<string>): (method: string) => string {
  const labels = new Map([...methods].map((method) => [method, labelOfMethod(method)]));
  return (method) => labels.get(method) ?? other;
}

/** Short for the compiler's own methods, which dashboards are about; with the service's name for the rest. */
function labelOfMethod(method: string): string {
  const [service = "", name = ""] = method.split("/");
  const short = service.split(".").at(-1) ?? "";
  return short === "CompilerService" ? name : `${short}/${name}`;
}

/** Whether a label of a method stands for one of the compiler's own. */
export function isCompilers(label: string): boolean {
  return !label.includes("/") && label !== other;
}

const codes = new Set(Object.values(status).filter((value) => typeof value === "string"));

export function codeLabel(code: string): string {
  return codes.has(code) ? code : other;
}

export function errorCodeLabel(code: string): string {
  return isCode(code) ? code : other;
}
