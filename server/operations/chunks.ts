const CHUNK_BYTES = 65_536;

/** The same bytes in pieces that fit into messages. Texts are UTF-8. */
export async function* chunked(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    const bytes =
      typeof piece === "string" ? Buffer.from(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}
