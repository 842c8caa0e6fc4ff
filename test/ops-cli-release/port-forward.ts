import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request as send } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { createSpdy } from "./spdy.ts";

/** The API of a cluster, which also forwards ports of pods. */
export interface ForwardingApi {
  readonly kubeconfig: string;
  /** Ports of pods that somebody has connected to: `POD:PORT`. */
  readonly forwarded: readonly string[];
  close(): Promise<void>;
}

/**
 * Stands before an API server that forwards no ports: hands on what it is asked, and answers `kubectl port-forward` itself, in
 * SPDY as kubectl falls back to. https://kubernetes.io/docs/reference/using-api/ names the subresource `pods/portforward`.
 */
export async function startForwardingApi(kubeconfig: string): Promise<ForwardingApi> {
  const config = JSON.parse(readFileSync(kubeconfig, "utf8"));
  const [entry] = config.clusters;
  const api = new URL(entry.cluster.server);
  const forwarded: string[] = [];
  const open = new Set<Duplex>();

  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const onward = send(new URL(url ?? "/", api), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
      outgoing.on("close", () => answer.destroy());
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on("upgrade", (incoming, socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    // It then tries SPDY.
    if (incoming.headers.upgrade !== "SPDY/3.1") return void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    forward(incoming, socket).catch(() => socket.destroy());
  });

  async function forward({ url = "" }: IncomingMessage, socket: Duplex): Promise<void> {
    const [, pod = ""] = /\/pods\/([^/]+)\/portforward/.exec(url) ?? [];
    const ip = await podIp(new URL(url.replace(/\/portforward.*$/, ""), api));
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n",
    );
    const errors = new Map<string, number>();
    const sockets = new Map<number, Socket>();
    const spdy = createSpdy(socket, {
      onStream(id, headers) {
        const request = headers.get("requestid") ?? "";
        if (headers.get("streamtype") === "error") return void errors.set(request, id);
        const port = Number(headers.get("port"));
        forwarded.push(`${pod}:${port}`);
        const connection = connect(port, ip);
        sockets.set(id, connection);
        connection.on("data", (part) => spdy.write(id, part));
        connection.on("error", () => {});
        connection.on("close", () => {
          spdy.end(id);
          spdy.end(errors.get(request) ?? 0);
        });
      },
      onData: (id, part) => void sockets.get(id)?.write(part),
      onEnd: (id) => void sockets.get(id)?.end(),
    });
    socket.on("close", () => {
      for (const connection of sockets.values()) connection.destroy();
    });
  }

  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const own = `${kubeconfig}-forwarding`;
  const clusters = [{ ...entry, cluster: { ...entry.cluster, server: `http://127.0.0.1:${port}` } }];
  writeFileSync(own, JSON.stringify({ ...config, clusters }));
  return {
    kubeconfig: own,
    forwarded,
    async close() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function podIp(pod: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = send(pod, (answer) => {
      json(answer).then((found) => resolve((found as { status: { podIP: string } }).status.podIP), reject);
    });
    asked.on("error", reject).end();
  });
}
