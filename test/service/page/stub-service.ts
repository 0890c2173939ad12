// A service that answers as src/service does, quickly and without a network: the page is tried on it, also in what a real
// one does rarely: no place left, a token, an error.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { packageFolder } from "../../../src/core/paths.js";
import type { Order, Service } from "../../../src/service/page/answers.js";
import { idOf, MODELS, StubGallery } from "./stub-gallery.js";

const PAGE = join(packageFolder, "lib", "service", "page");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
const HEADERS = {
  "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};
const SESSION = "stub=1";
const MOST_BYTES = 300_000;

export interface StubService {
  readonly address: string;
  /** What was asked of the API: "POST /api/search?…" */
  readonly asked: string[];
  /** The next searches find no place in the queue. */
  refuse(times: number): void;
  close(): Promise<void>;
}

/** @param token that requests must bring */
export async function startStub(token?: string): Promise<StubService> {
  const gallery = await StubGallery.open();
  const asked: string[] = [];
  let refusals = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://stub");
    if (!url.pathname.startsWith("/api/")) return sendFile(response, url.pathname);
    asked.push(`${request.method} ${request.url}`);
    const isKnown = request.headers.authorization === `Bearer ${token}` || request.headers.cookie === SESSION;
    if (token !== undefined && !isKnown) return sendError(response, 401, "The token is wrong or missing.");
    if (url.pathname === "/api/session") {
      return send(response, 204, "text/plain", "", {
        "set-cookie": `${SESSION}; Path=/api; HttpOnly; SameSite=Strict`,
      });
    }
    if (url.pathname === "/api/service") return sendJson(response, described(gallery, token !== undefined));
    if (url.pathname === "/api/examples") return sendJson(response, examples(gallery));
    const picture = /^\/api\/images\/(\d+)$/.exec(url.pathname);
    if (picture !== null) return send(response, 200, "image/png", await gallery.picture(Number(picture[1])));
    if (refusals-- > 0) return sendError(response, 503, "The queue is full.", { "retry-after": "1" });
    const by = readSearch(url.searchParams);
    if (request.method === "GET")
      return sendJson(response, gallery.search(Number(url.searchParams.get("row")), true, by));
    const sent = await bodyOf(request);
    const read = await gallery.nearestRow(sent).catch(() => undefined);
    if (read === undefined) return sendError(response, 415, "This is no picture that the service reads.");
    const found = gallery.search(read.row, false, by);
    sendJson(response, { ...found, query: { ...found.query, width: read.width, height: read.height } });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(error => sendError(response, 500, `${error}`));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${port}/`,
    asked,
    refuse: times => {
      refusals = times;
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function described(gallery: StubGallery, tokenNeeded: boolean): Service {
  return {
    version: "0.0.0",
    dataset: { name: "stub", title: "Fashion-MNIST, a few", items: gallery.rows, classes: null, products: false },
    gallery: { items: gallery.rows, engine: "resident" },
    models: MODELS,
    limits: { bytes: MOST_BYTES, pixels: 1e7, k: 200, queue: 4 },
    formats: ["jpeg", "png", "webp"],
    tokenNeeded,
  };
}

function examples(gallery: StubGallery): unknown {
  const rows = Array.from({ length: 12 }, (_, i) => i * 7);
  const items = rows.map(row => ({
    row,
    id: idOf(row),
    classes: [gallery.classOf(row)],
    image: `/api/images/${row}?side=256`,
  }));
  return { items };
}

function readSearch(words: URLSearchParams): { model: string; order: Order; k: number; radius?: number } {
  const radius = words.get("radius");
  return {
    model: words.get("model") ?? "",
    order: words.get("order") as Order,
    k: Number(words.get("k")),
    ...(radius === null ? {} : { radius: Number(radius) }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  const name = path === "/" ? "index.html" : path.replace(/^\/assets\//, "");
  const bytes = await readFile(join(PAGE, name)).catch(() => undefined);
  if (bytes === undefined) return sendError(response, 404, `there is no ${path}`);
  send(response, 200, TYPES[extname(name)], bytes);
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 200, "application/json", JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message: string, headers = {}): void {
  send(response, status, "application/json", JSON.stringify({ error: { code: "stub", message } }), headers);
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer, headers = {}): void {
  response.writeHead(status, { ...HEADERS, "content-type": type, ...headers }).end(body);
}
