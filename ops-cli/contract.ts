/** The operators' contract. Loaded when a server is asked: it is half a second of work that `--help` does without. */
export async function operationsContract() {
  const { OperationsServiceService } = await import("@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts");
  return OperationsServiceService;
}
