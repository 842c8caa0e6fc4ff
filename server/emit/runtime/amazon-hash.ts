import { statesError } from "./amazon-states.ts";
import { utf8Bytes } from "./amazon-text.ts";

type Word64 = readonly [high: number, low: number];

/** The digest of a text's UTF-8 bytes in lower-case hexadecimal: MD5 (RFC 1321), SHA-1 or SHA-2 (FIPS 180-4). */
export function hashText(text: unknown, algorithm: unknown): string {
  const bytes = utf8Bytes(
    typeof text === "string" ? text : JSON.stringify(text),
  );
  switch (algorithm) {
    case "MD5":
      return md5(bytes);
    case "SHA-1":
      return sha1(bytes);
    case "SHA-256":
      return sha256(bytes);
    case "SHA-384":
      return sha512(bytes, 8, 6);
    case "SHA-512":
      return sha512(bytes, 0, 8);
    default:
      throw statesError(
        "States.IntrinsicFailure",
        `Invalid arguments in States.Hash: unknown algorithm ${JSON.stringify(algorithm)}`,
      );
  }
}

function md5(bytes: readonly number[]): string {
  const words = paddedWords(bytes, 64, true);
  const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < words.length; block += 16) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed =
        [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][
          round
        ] ?? 0;
      const index = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] ?? 0;
      const sine = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32);
      const turned = rotateLeft(
        a + mixed + sine + (words[block + (index & 15)] ?? 0),
        shifts[round * 4 + (i & 3)] ?? 0,
      );
      [a, d, c, b] = [d, c, b, (b + turned) | 0];
    }
    addWords(state, [a, b, c, d]);
  }
  return state
    .map((word) =>
      hexWord(
        (word << 24) |
          ((word & 0xff00) << 8) |
          ((word >>> 8) & 0xff00) |
          (word >>> 24),
      ),
    )
    .join("");
}

function sha1(bytes: readonly number[]): string {
  const words = paddedWords(bytes, 64, false);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let block = 0; block < words.length; block += 16) {
    const w = words.slice(block, block + 16);
    for (let i = 16; i < 80; i++)
      w.push(
        rotateLeft(
          word32(w, i - 3) ^
            word32(w, i - 8) ^
            word32(w, i - 14) ^
            word32(w, i - 16),
          1,
        ),
      );
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let i = 0; i < 80; i++) {
      const round = Math.floor(i / 20);
      const mixed =
        [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][
          round
        ] ?? 0;
      const constant =
        [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round] ?? 0;
      [e, d, c, b, a] = [
        d,
        c,
        rotateLeft(b, 30),
        a,
        (rotateLeft(a, 5) + mixed + e + constant + word32(w, i)) | 0,
      ];
    }
    addWords(state, [a, b, c, d, e]);
  }
  return state.map(hexWord).join("");
}

function sha256(bytes: readonly number[]): string {
  const words = paddedWords(bytes, 64, false);
  const constants = cubeRoots().map(([high]) => high);
  const state = squareRoots()
    .slice(0, 8)
    .map(([high]) => high);
  for (let block = 0; block < words.length; block += 16) {
    const w = words.slice(block, block + 16);
    for (let i = 16; i < 64; i++) {
      const [x, y] = [word32(w, i - 15), word32(w, i - 2)];
      const s0 = rotateLeft(x, 25) ^ rotateLeft(x, 14) ^ (x >>> 3);
      const s1 = rotateLeft(y, 15) ^ rotateLeft(y, 13) ^ (y >>> 10);
      w.push((word32(w, i - 16) + s0 + word32(w, i - 7) + s1) | 0);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = rotateLeft(e, 26) ^ rotateLeft(e, 21) ^ rotateLeft(e, 7);
      const t1 =
        h + s1 + ((e & f) ^ (~e & g)) + word32(constants, i) + word32(w, i);
      const t2 =
        (rotateLeft(a, 30) ^ rotateLeft(a, 19) ^ rotateLeft(a, 10)) +
        ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [
        g,
        f,
        e,
        (d + t1) | 0,
        c,
        b,
        a,
        (t1 + t2) | 0,
      ];
    }
    addWords(state, [a, b, c, d, e, f, g, h]);
  }
  return state.map(hexWord).join("");
}

function sha512(
  bytes: readonly number[],
  firstRoot: number,
  length: number,
): string {
  const halves = paddedWords(bytes, 128, false);
  const constants = cubeRoots();
  let state = squareRoots().slice(firstRoot, firstRoot + 8);
  for (let block = 0; block < halves.length; block += 32) {
    const w: Word64[] = [];
    for (let i = 0; i < 32; i += 2)
      w.push([word32(halves, block + i), word32(halves, block + i + 1)]);
    for (let i = 16; i < 80; i++) {
      const [x, y] = [word64(w, i - 15), word64(w, i - 2)];
      const s0 = xor3(rotateRight64(x, 1), rotateRight64(x, 8), [
        x[0] >>> 7,
        (x[1] >>> 7) | (x[0] << 25),
      ]);
      const s1 = xor3(rotateRight64(y, 19), rotateRight64(y, 61), [
        y[0] >>> 6,
        (y[1] >>> 6) | (y[0] << 26),
      ]);
      w.push(sum64(word64(w, i - 16), s0, word64(w, i - 7), s1));
    }
    let v: readonly Word64[] = state;
    for (let i = 0; i < 80; i++) {
      const [a, b, c, d] = [
        word64(v, 0),
        word64(v, 1),
        word64(v, 2),
        word64(v, 3),
      ];
      const [e, f, g, h] = [
        word64(v, 4),
        word64(v, 5),
        word64(v, 6),
        word64(v, 7),
      ];
      const chosen: Word64 = [
        (e[0] & f[0]) ^ (~e[0] & g[0]),
        (e[1] & f[1]) ^ (~e[1] & g[1]),
      ];
      const major: Word64 = [
        (a[0] & b[0]) ^ (a[0] & c[0]) ^ (b[0] & c[0]),
        (a[1] & b[1]) ^ (a[1] & c[1]) ^ (b[1] & c[1]),
      ];
      const t1 = sum64(
        h,
        xor3(rotateRight64(e, 14), rotateRight64(e, 18), rotateRight64(e, 41)),
        chosen,
        word64(constants, i),
        word64(w, i),
      );
      const t2 = sum64(
        xor3(rotateRight64(a, 28), rotateRight64(a, 34), rotateRight64(a, 39)),
        major,
      );
      v = [sum64(t1, t2), a, b, c, sum64(d, t1), e, f, g];
    }
    state = state.map((value, i) => sum64(value, word64(v, i)));
  }
  return state
    .slice(0, length)
    .map(([high, low]) => hexWord(high) + hexWord(low))
    .join("");
}

/** The bytes as 32-bit words, with the end mark and the length in bits that the hash functions want. */
function paddedWords(
  bytes: readonly number[],
  blockSize: number,
  littleEndian: boolean,
): number[] {
  const size =
    Math.ceil((bytes.length + 1 + blockSize / 8) / blockSize) * blockSize;
  const words = Array.from({ length: size / 4 }, () => 0);
  const put = (index: number, byte: number): void => {
    words[index >> 2] =
      word32(words, index >> 2) |
      (byte << (littleEndian ? (index & 3) * 8 : 24 - (index & 3) * 8));
  };
  for (const [index, byte] of bytes.entries()) put(index, byte);
  put(bytes.length, 0x80);
  const [high, low] = [
    Math.floor(bytes.length / 2 ** 29),
    (bytes.length << 3) | 0,
  ];
  words.splice(-2, 2, ...(littleEndian ? [low, high] : [high, low]));
  return words;
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | ((value | 0) >>> (32 - count));
}

function word32(words: readonly number[], index: number): number {
  return words[index] ?? 0;
}

function word64(words: readonly Word64[], index: number): Word64 {
  return words[index] ?? [0, 0];
}

function addWords(state: number[], values: readonly number[]): void {
  values.forEach((value, index) => {
    state[index] = (word32(state, index) + value) | 0;
  });
}

function rotateRight64([high, low]: Word64, count: number): Word64 {
  if (count > 32) return rotateRight64([low, high], count - 32);
  return [
    (high >>> count) | (low << (32 - count)),
    (low >>> count) | (high << (32 - count)),
  ];
}

function xor3(a: Word64, b: Word64, c: Word64): Word64 {
  return [a[0] ^ b[0] ^ c[0], a[1] ^ b[1] ^ c[1]];
}

function sum64(...words: readonly Word64[]): Word64 {
  const low = words.reduce((total, [, half]) => total + (half >>> 0), 0);
  const high = words.reduce(
    (total, [half]) => total + (half >>> 0),
    Math.floor(low / 2 ** 32),
  );
  return [high | 0, low | 0];
}

function hexWord(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** The first 64 bits of the fractions of the cube roots of the first 80 primes. */
function cubeRoots(): Word64[] {
  return words64(
    "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019" +
      "923f82a4af194f9bab1c5ed5da6d8118d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2" +
      "72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e3" +
      "0fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5" +
      "983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa725" +
      "06ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df" +
      "650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353ba2bfe8a14cf10364a81a664bbc423001" +
      "c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8" +
      "19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb" +
      "5b9cca4f7763e373682e6ff3d6b2b8a3748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec" +
      "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532bca273eceea26619cd186b8c721c0c207" +
      "eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b" +
      "28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a" +
      "5fcb6fab3ad6faec6c44198c4a475817",
  );
}

/** The first 64 bits of the fractions of the square roots of the first 16 primes. */
function squareRoots(): Word64[] {
  return words64(
    "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f" +
      "1f83d9abfb41bd6b5be0cd19137e2179cbbb9d5dc1059ed8629a292a367cd5079159015a3070dd17152fecd8f70e5939" +
      "67332667ffc00b318eb44a8768581511db0c2e0d64f98fa747b5481dbefa4fa4",
  );
}

function words64(digits: string): Word64[] {
  const half = (from: number): number =>
    Number.parseInt(digits.slice(from, from + 8), 16) | 0;
  return Array.from({ length: digits.length / 16 }, (_, index) => [
    half(index * 16),
    half(index * 16 + 8),
  ]);
}
