import { startStub } from "../../../stub.ts";

/** A version that takes longer to start than the shortest `--wait`, which is a second for Helm. */
setTimeout(() => startStub({ version: "unhurried" }), 3_000);
