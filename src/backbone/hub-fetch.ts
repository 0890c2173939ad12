import { buffer } from "node:stream/consumers";
import { exchange, refusal } from "../datasets/request.js";

/** Statuses whose answers have no body, and must not be given one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The hub's address, or that of a mirror: HF_ENDPOINT. */
export function hubEndpoint(): string {
  return (process.env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
}

/**
 * A `fetch` for the hub's client that goes through proxies, shows HF_TOKEN to the hub alone and gives up on dead
 * connections, which that of Node 20 does not; mirrors may have tokens of other forms than the client takes itself. For
 * short answers: they are held in memory.
 * @param timeoutSeconds without a byte. Default 30
 */
export function hubFetch(timeoutSeconds?: number): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { origin } = new URL(hubEndpoint());
    const authorization = new URL(request.url).origin === origin ? hubAuthorization() : undefined;
    const { response } = await exchange(new URL(request.url), {
      method: request.method,
      headers: {
        ...Object.fromEntries(request.headers),
        "accept-encoding": "identity",
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(request.body === null ? {} : { body: new Uint8Array(await request.arrayBuffer()) }),
      timeoutSeconds,
    });
    const { statusCode = 0 } = response;
    const bytes = await buffer(response);
    if (statusCode === 401 || statusCode === 403) throw new Error(refusal(statusCode));
    const headers = Object.entries(response.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    );
    return new Response(WITHOUT_BODY.has(statusCode) ? null : bytes, { status: statusCode, headers });
  };
}

/** HF_TOKEN as a header says it; undefined without one. */
export function hubAuthorization(): string | undefined {
  return process.env.HF_TOKEN ? `Bearer ${process.env.HF_TOKEN}` : undefined;
}
