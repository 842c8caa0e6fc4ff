import { createServer, type Server } from "node:net";

/**
 * Addresses of one cluster, all out of 127.N.0.0/16, which Linux serves without further ado. Tests run at the same time, so
 * each cluster takes an N that no other one has.
 */
export interface Network {
  podAddress(): string;
  serviceAddress(): string;
  close(): Promise<void>;
}

/** Whoever listens here has the network. */
const CLAIM_PORT = 61_000;

export async function claimNetwork(): Promise<Network> {
  for (let second = 16; second < 255; second++) {
    const claim = await listen(`127.${second}.255.254`);
    if (claim !== null) return networkOf(second, claim);
  }
  throw new Error("all networks are taken");
}

function networkOf(second: number, claim: Server): Network {
  let pods = 0;
  let services = 0;
  const address = (half: number, count: number): string =>
    `127.${second}.${half + Math.floor(count / 250)}.${(count % 250) + 1}`;
  return {
    podAddress: () => address(0, pods++),
    serviceAddress: () => address(128, services++),
    close: () => new Promise((resolve) => claim.close(() => resolve())),
  };
}

/** null where somebody else listens already. */
function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => {
      if ("code" in error && error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(CLAIM_PORT, address, () => resolve(server));
  });
}
