import { startStub } from "../../../stub.ts";

startStub({ version: "1.1.0" });
