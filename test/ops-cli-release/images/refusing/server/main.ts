import { startStub } from "../../../stub.ts";

startStub({ version: "refusing", failsEach: 1 });
