import { startStub } from "../../../stub.ts";

startStub({ version: "1.0.0" });
