import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";

const compressZstd = promisify(zstdCompress);
const decompressZstd = promisify(zstdDecompress);

/** In zstd, at its default level. */
export function compressed(bytes: Uint8Array): Promise<Uint8Array> {
  return compressZstd(bytes);
}

/** Rejects where it is not zstd or would be longer than `maxBytes`. */
export function decompressed(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return decompressZstd(bytes, { maxOutputLength: Math.max(1, maxBytes) });
}
