import { startStub } from "../../../stub.ts";

startStub({ version: "crashing", endsAfter: 50 });
