import { createServer } from "node:http";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** A key that signs tokens. */
export interface SigningKey {
  readonly id: string;
  readonly publicJwk: JWK;
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createSigningKey(id: string, alg = "ES256"): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    id,
    publicJwk: { ...(await exportJWK(publicKey)), kid: id, alg, use: "sig" },
    sign: (claims, header) => new SignJWT(claims).setProtectedHeader({ alg, kid: id, ...header }).sign(privateKey),
  };
}

/** A JWKS over HTTP, as an identity provider serves it. */
export interface KeyServer {
  readonly url: string;
  /** How often it was asked. */
  readonly asked: number;
  /** What it answers from now on. */
  serve(answer: { readonly status?: number; readonly body: string }): void;
  publish(...keys: readonly SigningKey[]): void;
  stop(): Promise<void>;
}

export async function startKeyServer(...keys: readonly SigningKey[]): Promise<KeyServer> {
  let answer: { readonly status?: number; readonly body: string } = { body: "" };
  let asked = 0;
  const publish = (...published: readonly SigningKey[]): void => {
    answer = { body: JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) }) };
  };
  publish(...keys);
  const server = createServer((_request, response) => {
    asked++;
    response.writeHead(answer.status ?? 200, { "content-type": "application/json" }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the key server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/jwks.json`,
    get asked() {
      return asked;
    },
    serve: (next) => {
      answer = next;
    },
    publish,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
