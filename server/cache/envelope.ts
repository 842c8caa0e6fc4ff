import { hash } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";

/**
 * How an answer stands in Redis: what it belongs to and a checksum before the answer itself, compressed where that makes it
 * smaller. Whatever is not exactly this is treated as absent.
 *
 *     bytes  0–3   "WFC1"
 *            4–19  the generation that it belongs to, 16 decimal digits: Redis compares it (redis-tier.ts)
 *           20     0: as it is, 1: zstd
 *           21–24  length of the answer, not compressed
 *           25–56  SHA-256 over key, generation and answer
 *           57–    the answer
 */
export const MAX_ENVELOPE_BYTES = 8 * 1024 * 1024;

const MAGIC = "WFC1";
const HEADER_BYTES = 57;
/** Less does not become smaller by enough to matter. */
const WORTH_COMPRESSING = 512;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Null where it would be too large to share. */
export async function seal(key: string, generation: number, answer: Uint8Array): Promise<Buffer | null> {
  if (answer.length > MAX_ENVELOPE_BYTES) return null;
  const packed = answer.length < WORTH_COMPRESSING ? answer : await compress(answer);
  const smaller = packed.length < answer.length;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC + digits(generation), "latin1");
  header[20] = smaller ? 1 : 0;
  header.writeUInt32BE(answer.length, 21);
  header.set(checksum(key, generation, answer), 25);
  return Buffer.concat([header, smaller ? packed : answer]);
}

/** Null where it is not an answer to `key` of this generation, whole and unchanged. */
export async function open(key: string, generation: number, envelope: Buffer): Promise<Buffer | null> {
  if (envelope.length < HEADER_BYTES || envelope.toString("latin1", 0, 20) !== MAGIC + digits(generation)) return null;
  const length = envelope.readUInt32BE(21);
  if (length > MAX_ENVELOPE_BYTES) return null;
  const answer = await unpack(envelope.subarray(HEADER_BYTES), envelope[20], length);
  if (answer?.length !== length) return null;
  return checksum(key, generation, answer).equals(envelope.subarray(25, HEADER_BYTES)) ? answer : null;
}

async function unpack(packed: Buffer, form: number | undefined, length: number): Promise<Buffer | null> {
  if (form === 0) return packed;
  try {
    return form === 1 ? await decompress(packed, { maxOutputLength: Math.max(1, length) }) : null;
  } catch {
    return null;
  }
}

function digits(generation: number): string {
  return String(generation).padStart(16, "0");
}

function checksum(key: string, generation: number, answer: Uint8Array): Buffer {
  const whole = hash("sha256", answer, "hex");
  return hash("sha256", `${key} ${generation} ${whole}`, "buffer");
}
