import { setTimeout as sleep } from "node:timers/promises";
import {
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import type { Outcome, Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { CliError, exitCodes } from "./exit.ts";
import { askAll } from "./fleet.ts";
import { type Field, fields, safe } from "./layout.ts";
import { showDuration } from "./measures.ts";
import { tellFailure } from "./replicas.ts";
import { healthName, healthWord } from "./status-view.ts";
import type { Terminal } from "./terminal.ts";
import { nameOf } from "./words.ts";

/** "": the whole server. */
const services = ["", "workflow.compiler.v1.CompilerService"];

interface ServiceHealth {
  readonly address: string;
  readonly service: string;
  readonly status: string;
}

export async function readHealth(session: Session): Promise<Outcome> {
  const { terminal, json } = session;
  const contract = await operationsContract();
  const [answers, statuses] = await Promise.all([
    Promise.all((await session.servers()).map((server) => servicesOf(server, terminal, json))),
    askAll(await session.operations(), (replica) => replica.call(contract.getStatus, {})),
  ]);
  session.signal.throwIfAborted();
  const found = answers.flat();
  const replicas = statuses.map(({ address, value, error }) => ({
    address,
    components: value?.components.map((one) => ({ ...one, status: healthName(one.status) })) ?? null,
    problem: error?.message ?? null,
  }));
  const lines = found.map((one) => serviceText(one, terminal));
  const blocks = replicas.map(({ address, components, problem }) => {
    const rows = components?.map(
      ({ name, status, latencyMs, message }): Field => [
        name,
        `${healthWord(status, terminal.style)}, ${showDuration(latencyMs)}: ${message}`,
      ],
    ) ?? [["components", `not known: ${problem}`] as const];
    return `${terminal.style("bold", address)}\n${fields(rows, terminal.columns)}`;
  });
  const unreachable = found.some(({ status }) => status === "unreachable");
  const serving = found.every(({ status }) => status === "serving");
  return {
    data: { services: found, replicas },
    text: [lines.join("\n"), ...blocks].join("\n\n"),
    exitCode: unreachable ? exitCodes.failed : serving ? exitCodes.fine : exitCodes.findings,
  };
}

async function servicesOf(server: Replica, terminal: Terminal, json: boolean): Promise<readonly ServiceHealth[]> {
  const { address } = server;
  try {
    return await Promise.all(
      services.map(async (service) => {
        return { address, service, status: await statusOf(server, service) };
      }),
    );
  } catch (fault) {
    if (!(fault instanceof CliError)) throw fault;
    if (!json) tellFailure(terminal, fault);
    return services.map((service) => ({ address, service, status: "unreachable" }));
  }
}

/** A service that is not there is an answer: it may be the wrong port. */
async function statusOf(server: Replica, service: string): Promise<string> {
  try {
    const { status } = await server.call(HealthService.check, { service });
    return servingName(status);
  } catch (fault) {
    if (fault instanceof CliError && fault.reason === "not-found") return "service-unknown";
    throw fault;
  }
}

function servingName(status: Serving): string {
  return nameOf(Serving, status, "");
}

function serviceText({ address, service, status }: ServiceHealth, { style }: Terminal): string {
  return safe(`${style("bold", address)}  ${healthWord(status, style)}  ${service || "the whole server"}`);
}

const RETRY_MS = 1_000;

/** Until the session is interrupted. A server that goes away is asked again. */
export async function watchHealth(session: Session): Promise<Outcome> {
  const { terminal, json, signal } = session;
  const show = (health: ServiceHealth): void => {
    if (json) terminal.printJsonLine(health);
    else terminal.print(`${new Date().toISOString()}  ${serviceText(health, terminal)}`);
  };
  const watch = async (server: Replica): Promise<void> => {
    let last = "";
    const changed = (status: string): void => {
      if (status !== last) show({ address: server.address, service: "", status });
      last = status;
    };
    while (!signal.aborted) {
      try {
        for await (const { status } of server.stream(HealthService.watch, { service: "" }))
          changed(servingName(status));
      } catch (fault) {
        if (signal.aborted) return;
        if (!(fault instanceof CliError) || fault.reason !== "unavailable") throw fault;
        changed("unreachable");
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  };
  await Promise.all((await session.servers()).map(watch));
  return { data: undefined, text: "" };
}
