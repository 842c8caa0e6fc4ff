import type { Duplex } from "node:stream";
import { constants, deflateSync, inflateSync } from "node:zlib";

/** What the other side does with streams. */
export interface SpdyListener {
  onStream(id: number, headers: ReadonlyMap<string, string>): void;
  onData(id: number, part: Buffer): void;
  onEnd(id: number): void;
}

export interface Spdy {
  write(id: number, part: Buffer): void;
  /** Ends our side of a stream. */
  end(id: number): void;
}

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const PING = 6;
const FIN = 1;

/**
 * The server's side of SPDY/3.1 as far as kubectl speaks it: streams that it opens, each accepted at once; no flow control, as
 * its own library has none. https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
 */
export function createSpdy(socket: Duplex, listener: SpdyListener): Spdy {
  let left = Buffer.alloc(0);
  /** All header blocks so far: they are one zlib stream. */
  let compressed = Buffer.alloc(0);
  let known = 0;
  let hasReplied = false;

  function headersOf(block: Buffer): ReadonlyMap<string, string> {
    compressed = Buffer.concat([compressed, block]);
    const all = inflateSync(compressed, { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    const own = all.subarray(known);
    known = all.length;
    let at = 4;
    const next = (): string => {
      const length = own.readUInt32BE(at);
      at += 4 + length;
      return own.toString("utf8", at - length, at);
    };
    return new Map(Array.from({ length: own.readUInt32BE(0) }, () => [next(), next()] as const));
  }

  /** No headers, in a block that is stored, and the empty one that flushes it (RFC 1951, 3.2.4); the first begins the zlib stream. */
  function reply(id: number): void {
    const stored = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
    const body = Buffer.concat([wordOf(id), hasReplied ? Buffer.alloc(0) : zlibHeader, stored]);
    hasReplied = true;
    socket.write(Buffer.concat([controlHead(SYN_REPLY, body.length), body]));
  }

  function control(type: number, flags: number, body: Buffer): void {
    if (type === PING) socket.write(Buffer.concat([controlHead(PING, body.length), body]));
    if (type !== SYN_STREAM) return;
    const id = body.readUInt32BE(0);
    listener.onStream(id, headersOf(body.subarray(10)));
    reply(id);
    if ((flags & FIN) !== 0) listener.onEnd(id);
  }

  socket.on("data", (part: Buffer) => {
    left = Buffer.concat([left, part]);
    while (left.length >= 8 && left.length >= 8 + left.readUIntBE(5, 3)) {
      const [word, flags, length] = [left.readUInt32BE(0), left.readUInt8(4), left.readUIntBE(5, 3)];
      const body = left.subarray(8, 8 + length);
      left = left.subarray(8 + length);
      if (word >= 0x8000_0000) control(word & 0xffff, flags, body);
      else {
        if (length > 0) listener.onData(word, body);
        if ((flags & FIN) !== 0) listener.onEnd(word);
      }
    }
  });

  return {
    write: (id, part) => void socket.write(Buffer.concat([dataHead(id, 0, part.length), part])),
    end: (id) => void socket.write(dataHead(id, FIN, 0)),
  };
}

function wordOf(value: number): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32BE(value);
  return word;
}

function controlHead(type: number, length: number): Buffer {
  return Buffer.concat([Buffer.from([0x80, 3, 0, type]), wordOf(length)]);
}

function dataHead(id: number, flags: number, length: number): Buffer {
  return Buffer.concat([wordOf(id), wordOf(flags * 0x100_0000 + length)]);
}

/** Of the specification, section 2.6.10.1: these with their lengths before them, then the text. */
const words =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status";
const more = ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"];
const text =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden" +
  "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,public" +
  "privatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
const dictionary = Buffer.concat([
  ...[...words.split(" "), ...more].flatMap((word) => [wordOf(word.length), Buffer.from(word)]),
  Buffer.from(text),
]);

/** With the mark of the dictionary in it. */
const zlibHeader = deflateSync("", { dictionary }).subarray(0, 6);
