import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";

/** A DNS server that knows one name. */
export interface NameServer {
  /** To be given to node by `--import`: makes it the one that is asked. */
  readonly preload: string;
  close(): void;
}

/** @param preload where that file is put. Answers A records of `name`; of all else there is none (RFC 1035). */
export async function startNameServer(
  name: string,
  addresses: readonly string[],
  preload: string,
): Promise<NameServer> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => socket.send(answerTo(query, name, addresses), port, address));
  await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
  const { port } = socket.address() as AddressInfo;
  writeFileSync(preload, `import { promises } from "node:dns";\npromises.setServers(["127.0.0.1:${port}"]);\n`);
  return { preload, close: () => void socket.close() };
}

const TYPE_A = 1;

function answerTo(query: Buffer, name: string, addresses: readonly string[]): Buffer {
  const asked = [...name.split(".")].flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const question = Buffer.concat([...asked, Buffer.from([0, 0, TYPE_A, 0, 1])]);
  const isKnown = query.subarray(12, 12 + question.length).equals(question);
  const end = 12 + query.subarray(12).indexOf(0) + 5;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(isKnown ? addresses.length : 0, 6);
  head.fill(0, 8, 12);
  // A pointer to the name in the question, type A, class IN, 60 seconds, four bytes.
  const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4]);
  const records = addresses.map((ip) => Buffer.concat([record, Buffer.from(ip.split(".").map(Number))]));
  return Buffer.concat([head, query.subarray(12, end), ...(isKnown ? records : [])]);
}
