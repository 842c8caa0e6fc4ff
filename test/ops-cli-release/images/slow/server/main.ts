import { startStub } from "../../../stub.ts";

startStub({ version: "slow", delayMs: 150 });
