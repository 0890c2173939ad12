import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import type { Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { onAbort } from "../core/abort.js";
import { proxyOf } from "./download.js";

/** An answer with what the servers on the way to it said. */
export interface Answer {
  /** Its body is read or resumed by the caller. */
  readonly response: IncomingMessage;
  /** Where it came from in the end. */
  readonly url: URL;
  /** Headers of all answers, redirects included; the first to set a header wins. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is sent to a server. */
export interface Exchange {
  /** Default "GET". */
  readonly method?: string;
  /** By lower-case names; `authorization` goes to the first host only, for a redirect to another one must not see a token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly body?: Uint8Array;
  /** Seconds without a byte after which the connection counts as dead. Default 30. */
  readonly timeoutSeconds?: number;
}

/** Settings of {@link requestFile}. */
export interface FileRequest {
  /** A token, for the first host only. */
  readonly authorization?: string;
  /** First byte wanted. Default 0. */
  readonly start?: number;
  /** Seconds without a byte after which the connection counts as dead. Default 30. */
  readonly timeoutSeconds?: number;
}

const REDIRECTS_AT_MOST = 5;

/**
 * Sends a request, follows redirects, and honours `http_proxy`, `https_proxy` and `no_proxy`.
 * @returns an answer of any status but a redirect
 * @throws {Error} when there is none
 */
export async function exchange(address: URL, options: Exchange = {}): Promise<Answer> {
  let url = address;
  let headers: Record<string, string> = {};
  for (let hop = 0; hop <= REDIRECTS_AT_MOST; hop++) {
    const response = await send(url, url.host === address.host, options);
    headers = { ...(response.headers as Record<string, string>), ...headers };
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (status < 300 || status >= 400 || location === undefined) return { response, url, headers };
    response.resume();
    url = new URL(location, url);
  }
  throw new Error(`more than ${REDIRECTS_AT_MOST} redirects`);
}

/**
 * Asks for a file as {@link exchange} does.
 * @returns an answer of status 200, 206 or 416
 * @throws {Error} for every other answer and when there is none
 */
export async function requestFile(address: URL, options: FileRequest = {}): Promise<Answer> {
  const { authorization, start = 0, timeoutSeconds } = options;
  const headers = {
    "accept-encoding": "identity",
    ...(authorization === undefined ? {} : { authorization }),
    ...(start > 0 ? { range: `bytes=${start}-` } : {}),
  };
  const answer = await exchange(address, { headers, timeoutSeconds });
  const { statusCode = 0 } = answer.response;
  if (statusCode === 200 || statusCode === 206 || statusCode === 416) return answer;
  answer.response.resume();
  throw new Error(refusal(statusCode));
}

/** What a status means that is no answer, as the end of a sentence. */
export function refusal(status: number): string {
  const hint = status === 401 || status === 403 ? " (it wants a token: HF_TOKEN)" : "";
  return `the server answered ${status}${hint}`;
}

async function send(url: URL, trusted: boolean, options: Exchange): Promise<IncomingMessage> {
  const { method = "GET", body, timeoutSeconds = 30 } = options;
  const { authorization, ...others } = options.headers ?? {};
  const headers: Record<string, string> = { ...others, host: url.host, "user-agent": "hashbook" };
  if (authorization !== undefined && trusted) headers.authorization = authorization;
  if (body !== undefined) headers["content-length"] = `${body.length}`;
  const proxy = proxyOf(url);
  const { request, target } = await route(url, proxy, headers, timeoutSeconds);
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, method, headers }, resolve);
    sent.setTimeout(1000 * timeoutSeconds, () => sent.destroy(new Error(`no answer for ${timeoutSeconds} s`)));
    sent.on("error", reject);
    sent.once(
      "close",
      onAbort(undefined, () => sent.destroy(new Error("stopped"))),
    );
    sent.end(body);
  });
}

interface Route {
  readonly request: typeof requestPlain;
  readonly target: RequestOptions;
}

/** Directly, by an http proxy that takes whole addresses (RFC 9112, 3.2.2), or through its tunnel (RFC 9110, 9.3.6). */
async function route(
  url: URL,
  proxy: URL | undefined,
  headers: Record<string, string>,
  timeoutSeconds: number,
): Promise<Route> {
  const { hostname, port, protocol } = url;
  const path = `${url.pathname}${url.search}`;
  const request = protocol === "https:" ? requestSecure : requestPlain;
  if (proxy === undefined) return { request, target: { hostname, port, path } };
  const place = { hostname: proxy.hostname, port: proxy.port || 80 };
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = proxy.username ? `Basic ${Buffer.from(credentials).toString("base64")}` : undefined;
  if (protocol === "http:") {
    if (authorization !== undefined) headers["proxy-authorization"] = authorization;
    return { request, target: { ...place, path: url.href } };
  }
  const socket = await tunnel(place, `${hostname}:${port || 443}`, authorization, timeoutSeconds);
  const target = {
    hostname,
    path,
    createConnection: () => connectSecure({ socket, servername: hostname }),
  };
  return { request, target };
}

function tunnel(
  proxy: RequestOptions,
  target: string,
  authorization: string | undefined,
  timeoutSeconds: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers = { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) };
    const sent = requestPlain({ ...proxy, method: "CONNECT", path: target, headers, agent: false });
    sent.once("connect", (response, socket) => {
      if (response.statusCode === 200) resolve(socket);
      else reject(new Error(`the proxy answered ${response.statusCode}`));
    });
    sent.setTimeout(1000 * timeoutSeconds, () =>
      sent.destroy(new Error(`the proxy gave no answer for ${timeoutSeconds} s`)),
    );
    sent.on("error", reject);
    sent.once(
      "close",
      onAbort(undefined, () => sent.destroy(new Error("stopped"))),
    );
    sent.end();
  });
}
