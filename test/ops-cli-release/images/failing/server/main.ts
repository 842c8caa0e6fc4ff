import { startStub } from "../../../stub.ts";

startStub({ version: "failing", failsEach: 5 });
