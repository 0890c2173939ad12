import { createHash } from "node:crypto";
import type { IncomingHttpHeaders, RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server was asked. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Servers on this machine, all to be closed at once. */
export class LocalServers {
  readonly requests: Asked[] = [];
  readonly servers: Server[] = [];

  /** @returns the address of a new one */
  async listen(listener: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      this.requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
      listener(request, response);
    });
    this.servers.push(server);
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.requests.length = 0;
    for (const server of this.servers.splice(0)) {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    }
  }
}

/** A repository with one file, on the branch main. */
export interface HubRepository {
  readonly repository: string;
  readonly path: string;
  /** The commit of main. */
  readonly revision: string;
  /** SHA-256 that is stated of the file; none is where it is not stored as a large one. */
  readonly sha256?: string;
  readonly size: number;
}

/** The git object of a file that is not stored as a large one. */
export const GIT_OBJECT = "9daeafb9864cf43055ae93beb0afd6c7d144bfa4";

/** Plays the hub: its interface, and addresses of files that lead to a store as those of the real one do. */
export function playHub(store: string, { repository, path, revision, sha256, size }: HubRepository): RequestListener {
  const lfs = sha256 === undefined ? {} : { lfs: { oid: sha256, size, pointerSize: 134 } };
  const entry = { type: "file", path, oid: GIT_OBJECT, size, ...lfs };
  const info = { _id: "1", id: repository, sha: revision, private: false, downloads: 0, gated: false, likes: 0 };
  const answers: Record<string, unknown> = {
    [`GET /api/models/${repository}/revision/main`]: info,
    [`POST /api/models/${repository}/paths-info/${revision}`]: [
      { ...entry, lastCommit: { id: revision, title: "", date: "2023-01-01T00:00:00Z" } },
    ],
  };
  const linked = {
    location: `${store}/blob?signature=1`,
    "x-repo-commit": revision,
    "x-linked-size": `${size}`,
    "x-linked-etag": `"${sha256 ?? GIT_OBJECT}"`,
    etag: `"${GIT_OBJECT}"`,
  };
  return (request, response) => {
    const route = new URL(request.url ?? "", "http://hub").pathname; // a proxy is asked for whole addresses
    const answer = answers[`${request.method} ${route}`];
    if (answer !== undefined) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    } else if (/^\/[^/]+\/[^/]+\/resolve\/(main|[0-9a-f]{40})\//.test(route)) {
      response.writeHead(302, linked).end();
    } else {
      response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ error: "Entry not found" }));
    }
  };
}

/** Sends the bytes from the asked-for place on; `cut` ends the connection after so many bytes. */
export function sending(bytes: Buffer, cut = Number.POSITIVE_INFINITY): RequestListener {
  return (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (start >= bytes.length)
      return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    const part = bytes.subarray(start);
    const range = { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(start > 0 ? 206 : 200, { "content-length": part.length, ...(start > 0 ? range : {}) });
    if (cut >= part.length) response.end(part);
    else response.write(part.subarray(0, cut), () => response.socket?.end());
  };
}

/** SHA-256, hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
