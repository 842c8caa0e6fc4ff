/** What asl-validator alone finds in the state machines of the corpus, by a mark in the name of the file, and why it is no problem of them. */
export const wrongFindings: ReadonlyMap<string, string> = new Map([
  ...["enrichment-asl-18a767", "statemachine-asl-0d4fa2", "statemachine-asl-11faac"].map(
    (name) => [name, "it refuses `$.[0]`, which AWS takes: these are AWS's own samples"] as const,
  ),
  [
    "statemachine-asl-2af408",
    "it refuses text without quotes in a filter (`==AMOUNT_PAID`), which AWS takes: its own sample",
  ],
  ...["load-orchestrator-statemachine-asl-1ff401", "statemachine-asl-428910"].map(
    (name) => [name, "it refuses a substitution for the partition in an ARN, which a deployment fills in"] as const,
  ),
]);
