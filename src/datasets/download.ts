import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import type { Abortable } from "../core/abort.js";
import { checkAborted, onAbort } from "../core/abort.js";
import { UnavailableError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";

/** How a download goes. */
export interface DownloadOptions extends Abortable {
  /** SHA-256 (hex) the bytes must have. Default: not checked. */
  sha256?: string;
  /** What the checksum is of: the file as it comes, or something made from it. Default: the bytes themselves. */
  checksumOf?: (bytes: Buffer) => Uint8Array | Promise<Uint8Array>;
  /** Seconds without a byte after which the download counts as dead. Default 30. */
  timeoutSeconds?: number;
  /** Told of the bytes received. Default: nobody. */
  onProgress?: ProgressListener;
  /** Name of the file in progress reports. Default: the last part of the address. */
  task?: string;
}

const REDIRECTS_AT_MOST = 5;

/** The proxy to use for an http address: `http_proxy`, unless `no_proxy` lists the host (or a domain it is in). */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv = process.env): URL | undefined {
  return url.protocol === "http:" ? proxyOf(url, environment) : undefined;
}

/** The proxy for an address: `http_proxy` or `https_proxy` by its scheme, unless `no_proxy` lists the host. */
export function proxyOf(url: URL, environment: NodeJS.ProcessEnv = process.env): URL | undefined {
  const proxy =
    url.protocol === "http:"
      ? (environment.http_proxy ?? environment.HTTP_PROXY)
      : (environment.https_proxy ?? environment.HTTPS_PROXY);
  if (proxy === undefined || proxy === "") return undefined;
  const exempt = (environment.no_proxy ?? environment.NO_PROXY ?? "").split(",").map(host => host.trim());
  const spared = exempt.some(host => {
    const domain = host.replace(/^\*?\./, "");
    return host === "*" || (domain !== "" && (url.hostname === domain || url.hostname.endsWith(`.${domain}`)));
  });
  return spared ? undefined : new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

/** Sends one request; through a proxy the whole address is the path (RFC 9112, 3.2.2). */
function request(url: URL, { timeoutSeconds = 30, signal }: DownloadOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const proxy = proxyFor(url);
    const get = url.protocol === "https:" ? getSecure : getPlain;
    const headers: Record<string, string> = { host: url.host, "user-agent": "hashbook", "accept-encoding": "identity" };
    if (proxy?.username) {
      const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
      headers["proxy-authorization"] = `Basic ${Buffer.from(credentials).toString("base64")}`;
    }
    const sent =
      proxy === undefined
        ? get(url, { headers }, resolve)
        : get({ hostname: proxy.hostname, port: proxy.port || 80, path: url.href, headers }, resolve);
    sent.setTimeout(1000 * timeoutSeconds, () => sent.destroy(new Error(`no answer for ${timeoutSeconds} s`)));
    sent.on("error", reject);
    sent.once(
      "close",
      onAbort(signal, () => sent.destroy(new Error("stopped"))),
    );
  });
}

async function follow(url: URL, options: DownloadOptions): Promise<IncomingMessage> {
  let address = url;
  for (let hop = 0; hop <= REDIRECTS_AT_MOST; hop++) {
    const response = await request(address, options);
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    response.resume();
    const location = response.headers.location;
    if (status < 300 || status >= 400 || location === undefined) throw new Error(`the server answered ${status}`);
    address = new URL(location, address);
  }
  throw new Error(`more than ${REDIRECTS_AT_MOST} redirects`);
}

async function receive(url: URL, options: DownloadOptions): Promise<Buffer> {
  const response = await follow(url, options);
  const length = Number(response.headers["content-length"] ?? Number.NaN);
  const task = options.task ?? url.pathname.split("/").at(-1) ?? url.href;
  const meter = new ProgressMeter(task, length, "bytes", Number.isFinite(length) ? options.onProgress : undefined);
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    received += (chunk as Buffer).length;
    meter.report(received);
  }
  if (Number.isFinite(length) && received !== length) {
    throw new Error(`the connection ended after ${received} of ${length} bytes`);
  }
  return Buffer.concat(chunks);
}

/**
 * Downloads a file of moderate size (it is held in memory), checks it, and only then puts it in place in one step: a
 * failed download leaves nothing behind and touches nothing that was there. `http_proxy` and `no_proxy` are honoured
 * for http addresses.
 * @throws {UnavailableError} offline, wrong answer, cut connection, wrong checksum; the message names the address
 */
export async function downloadFile(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  let bytes: Buffer;
  let checked: Uint8Array;
  try {
    bytes = await receive(new URL(url), options);
    checked = (await options.checksumOf?.(bytes)) ?? bytes;
  } catch (cause) {
    checkAborted(options.signal);
    const error = cause as NodeJS.ErrnoException;
    throw new UnavailableError(`${url} cannot be downloaded: ${error.message || error.code}`, { cause });
  }
  const actual = createHash("sha256").update(checked).digest("hex");
  if (options.sha256 !== undefined && actual !== options.sha256) {
    throw new UnavailableError(`${url} is not the file it should be, and was not kept`, {
      expected: `SHA-256 ${options.sha256}`,
      actual: `${actual} (${bytes.length} bytes)`,
    });
  }
  await writeAtomically(file, bytes);
}
