import { once } from "node:events";
import { createServer } from "node:http";

/** Whom Alertmanager tells: a webhook that keeps what it hears. */
export interface Pager {
  readonly url: string;
  readonly heard: readonly HeardAlert[];
  stop(): Promise<void>;
}

export interface HeardAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export async function startPager(): Promise<Pager> {
  const heard: HeardAlert[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { alerts }: { alerts: readonly HeardAlert[] } = JSON.parse(text);
    heard.push(...alerts);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the pager has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    heard,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
