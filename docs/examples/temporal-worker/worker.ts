/**
 * A worker for the workflow of docs/examples/order-fulfilment. Compile that for TARGET_TEMPORAL, write the files of the
 * artifact to `order-fulfilment/` beside this file, and start it with `node worker.ts`.
 */
import { fileURLToPath } from "node:url";
import { NativeConnection, Worker } from "@temporalio/worker";
import { activities } from "../order-fulfilment/activities.ts";
import { temporalActivities } from "./temporal-activities.ts";

const connection = await NativeConnection.connect({ address: "localhost:7233" });
const worker = await Worker.create({
  connection,
  taskQueue: "orders",
  workflowsPath: fileURLToPath(import.meta.resolve("./order-fulfilment/workflow.ts")),
  activities: temporalActivities(activities),
});
await worker.run();
