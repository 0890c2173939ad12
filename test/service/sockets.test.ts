// Over real sockets of this machine: slow and many clients, a reload and an end while requests are under way.
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { ImageInput } from "../../src/datasets/image-input.js";
import type { OpenedSources } from "../../src/service/opened-sources.js";
import type { RunningService } from "../../src/service/start-service.js";
import { colourDataset, pngOf, startTestService, testSources } from "./fixture.js";

const dataset = colourDataset(90);
let service: (RunningService & { readonly lines: string[] }) | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const post = (url: string, body: Buffer): Promise<Response> =>
  fetch(`${url}/api/search?k=3`, {
    method: "POST",
    body: new Uint8Array(body),
    headers: { "content-type": "image/png" },
  });

/** A gallery without features, so that searches by its rows in a finer order read pictures, which come when they are let. */
async function gatedSources(): Promise<{ sources: OpenedSources; open(): void }> {
  let open = (): void => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  const { items, models, ...rest } = await testSources(dataset);
  const image = async (row: number): Promise<ImageInput> => {
    await opened;
    return dataset.image(row);
  };
  const codesAlone = models.map(({ features: _, ...model }) => model);
  return { sources: { ...rest, items: { ...items, image }, models: codesAlone }, open };
}

/** A search that ends when the gate is open. */
const gated = ({ url }: RunningService, row: number): Promise<Response> =>
  fetch(`${url}/api/search?row=${row}&order=asymmetric&k=3`);

/** Waits until so many searches are worked on and so many wait. */
async function isBusy({ url }: RunningService, running: number, waiting: number): Promise<void> {
  const busy = new RegExp(`hashbook_searches_running ${running}\n[^]*hashbook_searches_waiting ${waiting}\n`);
  await expect.poll(async () => (await fetch(`${url}/metrics`)).text(), { timeout: 20_000 }).toMatch(busy);
}

/** Waits until no bytes of bodies are held: the service hears of a closed connection a little later than who closes it. */
async function holdsNothing({ url }: RunningService): Promise<void> {
  await expect
    .poll(async () => (await fetch(`${url}/metrics`)).text(), { timeout: 5000 })
    .toMatch(/hashbook_body_bytes 0\n/);
}

/** Opens a connection, and collects what comes. */
function dial({ url }: RunningService): { socket: Socket; text: () => string; closed: Promise<void> } {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", chunk => {
    text += chunk;
  });
  socket.on("error", () => {});
  const closed = new Promise<void>(resolve => socket.once("close", () => resolve()));
  return { socket, text: () => text, closed };
}

describe("a slow client", () => {
  it("holds nobody, and is told 408 when its time is over", async () => {
    service = await startTestService({ limits: { seconds: 2, queue: 0 } });
    const slow = Array.from({ length: 20 }, () => dial(service!));
    for (const { socket } of slow) {
      socket.write(
        "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\nabc",
      );
    }
    const drip = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write("x");
    }, 50);
    const png = await pngOf(dataset, 4);
    for (let i = 0; i < 20; i++) expect((await post(service.url, png)).status).toBe(200);
    await Promise.all(slow.map(({ closed }) => closed));
    clearInterval(drip);
    for (const { text } of slow) expect(text()).toMatch(/^HTTP\/1\.1 408 /);
    await holdsNothing(service);
  });
});

describe("a form", () => {
  it.each(["image", "file"])("with a file as %s is searched with, and nothing of it stays", async name => {
    service = await startTestService();
    const png = await pngOf(dataset, 4);
    const bytes = await (await post(service.url, png)).json();
    const form = new FormData();
    form.append(name, new Blob([new Uint8Array(png)], { type: "image/png" }), "x.png");
    const answered = await fetch(`${service.url}/api/search?k=3`, { method: "POST", body: form });
    const found = await answered.json();
    expect([answered.status, found.results]).toEqual([200, bytes.results]);
    await holdsNothing(service);
  });

  it("that comes in pieces, as slow senders send it, is read to its end", async () => {
    service = await startTestService();
    const png = await pngOf(dataset, 4);
    const head = '--a\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), png, Buffer.from("\r\n--a--\r\n")]);
    const { socket, text, closed } = dial(service);
    const type = "multipart/form-data; boundary=a";
    socket.write(
      `POST /api/search HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    for (let at = 0; at < body.length; at += 40) {
      socket.write(body.subarray(at, at + 40));
      await sleep(1);
    }
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("more clients than there is room for", () => {
  it("are told 503 and when to come again; those with room are answered", async () => {
    const { sources, open } = await gatedSources();
    service = await startTestService({ limits: { queue: 2 }, open: async () => sources });
    const taken = Array.from({ length: 4 }, (_, row) => gated(service!, row)); // two are worked on, two wait
    await isBusy(service, 2, 2);
    const png = await pngOf(dataset, 4);
    for (const answered of await Promise.all([gated(service, 5), gated(service, 6), post(service.url, png)])) {
      expect(answered.status).toBe(503);
      expect(Number(answered.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(await answered.json()).toMatchObject({ error: { code: "busy" } });
    }
    open();
    for (const one of taken) expect((await one).status).toBe(200);
    expect((await post(service.url, png)).status).toBe(200);
  });

  it("leave the queue when they go away", async () => {
    const { sources, open } = await gatedSources();
    service = await startTestService({ limits: { queue: 1 }, open: async () => sources });
    const taken = [gated(service, 1), gated(service, 2)];
    await isBusy(service, 2, 0);
    const { socket, closed } = dial(service);
    socket.write("GET /api/search?row=3&order=asymmetric HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await isBusy(service, 2, 1);
    socket.destroy();
    await closed;
    await isBusy(service, 2, 0);
    open();
    for (const one of taken) expect((await one).status).toBe(200);
  });

  it("hold no more bytes than they may", async () => {
    service = await startTestService({ limits: { bytes: 100_000 } });
    const answered = await post(service.url, Buffer.alloc(150_000, 1));
    expect([answered.status, (await answered.json()).error.code]).toEqual([413, "too-large"]);
    const endless = dial(service);
    endless.socket.write(
      "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const send = (): boolean => endless.socket.write(`2000\r\n${"x".repeat(0x2000)}\r\n`);
    const more = setInterval(() => endless.socket.writable && send(), 1);
    await endless.closed;
    clearInterval(more);
    expect(endless.text()).toMatch(/^HTTP\/1\.1 413 /);
    await holdsNothing(service);
  });
});

describe("a reload", () => {
  it("loses no request, serves the new, and keeps the old when the new cannot be opened", async () => {
    let items = 90;
    service = await startTestService({
      async open() {
        if (items < 0) throw new Error("codes.npy: damaged");
        return testSources(colourDataset(items));
      },
    });
    const png = await pngOf(dataset, 4);
    const statuses: number[] = [];
    let on = true;
    const asking = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (on) statuses.push((await post(service!.url, png)).status);
      }),
    );
    const { image } = (await (await post(service.url, png)).json()).results[0];
    expect((await fetch(`${service.url}${image}`)).status).toBe(200);
    const count = async (): Promise<number> =>
      (await (await fetch(`${service!.url}/api/service`)).json()).gallery.items;
    items = 60;
    expect(await service.reload()).toBe(true);
    expect(await count()).toBe(60);
    const stale = await fetch(`${service.url}${image}`); // its row may be another picture now
    expect([stale.status, await stale.text()]).toEqual([404, expect.stringMatching(/opened anew/)]);
    items = -1;
    expect(await service.reload()).toBe(false);
    expect(await count()).toBe(60);
    items = 75;
    expect(await Promise.all([service.reload(), service.reload()])).toEqual([true, true]);
    expect(await count()).toBe(75);
    on = false;
    await asking;
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses.length).toBeGreaterThan(10);
    expect(service.lines.filter(line => /^reloaded in/.test(line))).toHaveLength(3);
    expect(service.lines).toContain(
      `not reloaded, the old is still served: codes.npy: damaged; mend this, then kill -HUP ${process.pid} again`,
    );
  });
});

describe("an end", () => {
  it("finishes what is under way, takes nothing new, and leaves nothing open", async () => {
    const { sources, open } = await gatedSources();
    service = await startTestService({ open: async () => sources });
    const { url, stop } = service;
    const under = [gated(service, 1), gated(service, 2), gated(service, 3)];
    await isBusy(service, 2, 1);
    const ended = stop();
    service = undefined;
    open();
    for (const one of under) expect((await one).status).toBe(200);
    await ended;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("ends a reload that is under way, however long it would take", async () => {
    let opened = 0;
    service = await startTestService({
      open: async signal => {
        if (opened++ === 0) return testSources();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const { stop, reload, lines } = service;
    const reloading = reload();
    await expect.poll(() => opened).toBe(2);
    service = undefined;
    await stop();
    expect(await reloading).toBe(false);
    expect(lines).toEqual([]); // nothing to be mended
  });
});

describe("a gallery of products", () => {
  it("names the product of each item", async () => {
    const sources = await testSources({ ...dataset, name: "digix-sample" });
    service = await startTestService({ open: async () => sources });
    expect((await (await fetch(`${service.url}/api/service`)).json()).dataset.products).toBe(true);
    const { query, results } = await (await fetch(`${service.url}/api/search?row=4&k=5`)).json();
    for (const { row, product } of [query, ...results]) expect(product).toBe(dataset.classNames[row % 3]);
  });
});

describe("a gallery whose picture is gone", () => {
  const PLACE = "/secret/place/of/5.png";

  it("says so, not where it was, and goes on", async () => {
    const { items, models, ...rest } = await testSources(dataset);
    const image = async (row: number): Promise<ImageInput> => (row === 5 ? PLACE : dataset.image(row));
    const codesAlone = models.map(({ features: _, ...model }) => model);
    const sources = { ...rest, items: { ...items, image }, models: codesAlone };
    service = await startTestService({ open: async () => sources });
    for (const [address, status, what] of [
      ["/api/images/5", 404, /the picture of row 5 can no longer be read/],
      ["/api/search?row=5&order=asymmetric", 404, /the picture of row 5 can no longer be read/],
    ] as const) {
      const answered = await fetch(`${service.url}${address}`);
      const text = await answered.text();
      expect([answered.status, text]).toEqual([status, expect.stringMatching(what)]);
      expect(text).not.toContain("secret");
    }
    expect((await fetch(`${service.url}/api/search?row=5`)).status).toBe(200); // its code is known
    expect((await fetch(`${service.url}/api/images/6`)).status).toBe(200);
    expect(service.lines).toEqual([]);
  });
});

describe("a picture of too many pixels", () => {
  it("is refused by its header, in no time, and delays nobody", async () => {
    service = await startTestService();
    const bomb = withSides(await pngOf(dataset, 1), 16384, 16384);
    const answered = await post(service.url, bomb);
    const { error } = await answered.json();
    expect([answered.status, error.code]).toEqual([413, "too-many-pixels"]);
    expect(error.message).toMatch(/16384 × 16384 pixels; expected at most 40000000/);
    const crowd = Array.from({ length: 30 }, (_, i) =>
      post(service!.url, i % 2 === 0 ? bomb : withSides(bomb, 20000, 12800 + i)),
    );
    expect((await post(service.url, await pngOf(dataset, 1))).status).toBe(200);
    for (const one of crowd) expect((await one).status).toBe(413);
  });
});

/** A PNG whose header says other sides, with the checksum that goes with them. */
function withSides(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  let crc = ~0;
  for (const byte of changed.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  changed.writeUInt32BE(~crc >>> 0, 29);
  return changed;
}
