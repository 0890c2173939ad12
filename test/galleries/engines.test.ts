// Galleries in real engines: Milvus Lite, and ClickHouse as chdb has it. HASHBOOK_TEST_GALLERIES names a Python that has both.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import { dropGallery, galleryInfo } from "../../src/galleries/gallery-info.js";
import { openGallery } from "../../src/galleries/open-gallery.js";
import { pushGallery } from "../../src/galleries/push-gallery.js";
import { openCodesGallery } from "../../src/ranking/open-codes-gallery.js";
import { clusteredCodes } from "./clustered-codes.js";
import type { EngineProcess } from "./engine-process.js";
import { enginesPython, startClickhouse, startMilvusLite } from "./engine-process.js";
import { expectAlike } from "./same-gallery.js";

const BITS = 64;
const K = 100;
const small = clusteredCodes(3000, 24, 40, 1);
const ids = Array.from({ length: small.count }, (_, row) => `Schuhe/ü ${row}.png`);
const one = Int32Array.from(ids, (_, row) => (row % 7) - 1);
const several = multiHotLabels({
  data: Uint8Array.from({ length: 5 * small.count }, (_, i) => ((i * 31) % 7 < 2 ? 1 : 0)),
  shape: [small.count, 5],
});

let folder: string;
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-engines-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Pushes in a process that kills itself when so many rows are there. */
async function pushKilled(codesFile: string, address: string, rows: number, options: object): Promise<void> {
  const script = fileURLToPath(new URL("push-killed.mjs", import.meta.url));
  const args = [script, codesFile, address, `${rows}`, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  expect(await new Promise(resolve => child.on("exit", (_, signal) => resolve(signal)))).toBe("SIGKILL");
}

/** Rows and distances of both, and that there are ties at the last place: else nothing is shown. */
async function expectSameLists(codes: PackedCodes, address: string, queries: PackedCodes): Promise<void> {
  const gallery = await openGallery(address);
  const resident = await openCodesGallery(codes);
  try {
    const [found, expected] = [await gallery.nearest(queries, { k: K }), await resident.nearest(queries, { k: K })];
    expect(Buffer.compare(bytesOf(found.distances.data), bytesOf(expected.distances.data))).toBe(0);
    expect(Buffer.compare(bytesOf(found.indices.data), bytesOf(expected.indices.data))).toBe(0);
    const { distances } = await resident.nearest(queries, { k: K + 1 });
    const ties = Array.from({ length: queries.count }, (_, q) => q * (K + 1)).filter(
      at => distances.data[at + K - 1] === distances.data[at + K],
    );
    expect(ties.length).toBeGreaterThan(queries.count / 2);
  } finally {
    await Promise.all([gallery.close(), resident.close()]);
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array | Uint16Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** What both engines do alike. */
function testsAlike(at: (name: string) => string): void {
  it.each([
    ["one", one],
    ["several", several],
  ])("is searched as the resident one is: classes of a row: %s", async (name, labels) => {
    await pushGallery(small, at(name), { ids, labels });
    await expectAlike(small, await openGallery(at(name)), { ids, labels });
    await dropGallery(at(name), small.count);
    await expect(openGallery(at(name))).rejects.toThrow(/there is no gallery of this name/);
  });
}

describe.skipIf(enginesPython === undefined)("a gallery in Milvus", () => {
  let milvus: EngineProcess;
  const at = (name: string): string => `milvus://127.0.0.1:${milvus.port}/${name}`;
  beforeAll(async () => {
    milvus = await startMilvusLite(file("milvus.db"));
  });
  afterAll(() => milvus?.stop());

  testsAlike(at);

  it("of 10^6 codes is whole after a push that was killed, and gives our lists of 1,000 queries", async () => {
    const rows = 1_000_000;
    const codes = clusteredCodes(rows, BITS, 10_000, 2);
    await writeNpy(file("codes.npy"), { data: codes.data, shape: [rows, codes.bytesPerCode] });
    await writeNpy(file("labels.npy"), {
      data: Int32Array.from({ length: rows }, (_, row) => row % 100),
      shape: [rows],
    });
    await writeFile(file("ids.txt"), Array.from({ length: rows }, (_, row) => `${row}.jpg\n`).join(""));
    const beside = { ids: file("ids.txt"), labels: file("labels.npy") };
    const options = { ...beside, bits: BITS };
    await pushKilled(file("codes.npy"), at("many"), rows / 4, options);
    await expect(openGallery(at("many"))).rejects.toThrow(/not all of this gallery is there; expected 1000000 rows/);
    const pushed = await pushGallery(file("codes.npy"), at("many"), options);
    expect(pushed.found).toBeGreaterThanOrEqual(rows / 4);
    expect(pushed.found).toBeLessThan(rows);
    expect(await galleryInfo(at("many"))).toMatchObject({ stored: rows, rows });
    await expectSameLists(codes, at("many"), clusteredCodes(1000, BITS, 10_000, 3));
  });
});

describe.skipIf(enginesPython === undefined)("a gallery in ClickHouse", () => {
  let clickhouse: EngineProcess;
  const at = (name: string, secret = "me:s3crét€@"): string =>
    `clickhouse://${secret}127.0.0.1:${clickhouse.port}/galleries/${name}`;
  beforeAll(async () => {
    await mkdir(file("clickhouse"));
    clickhouse = await startClickhouse(file("clickhouse"), ["me", "s3crét€"]);
  });
  afterAll(() => clickhouse?.stop());

  testsAlike(at);

  it("may be called as a word of SQL", async () => {
    await pushGallery(small, at("table"));
    expect(await galleryInfo(at("table"))).toMatchObject({ stored: small.count });
    await dropGallery(at("table"), small.count);
  });

  it("is whole after a push that was ended, and refuses others", async () => {
    const codes = clusteredCodes(300_000, BITS, 3000, 2);
    const controller = new AbortController();
    const ended = pushGallery(codes, at("many"), {
      signal: controller.signal,
      onProgress: ({ task, done }) =>
        task === "pushing codes" && done >= 100_000 && controller.abort(new Error("enough")),
    });
    await expect(ended).rejects.toThrow("enough");
    expect(await pushGallery(codes, at("many"))).toMatchObject({ found: 100_000, rows: 300_000 });
    await expectSameLists(codes, at("many"), clusteredCodes(20, BITS, 3000, 3));
    await expect(pushGallery(codes, at("many"), { index: "ivf" })).rejects.toThrow(
      /another gallery is there, with other index/,
    );
    await expect(pushGallery(codes, at("other"), { index: "ivf" })).rejects.toThrow(/ClickHouse compares all codes/);
  });

  it("is refused to whom it is not open, in words without the password", async () => {
    for (const secret of ["", "me:wr0ng@"]) {
      const opened = openGallery(at("many", secret));
      await expect(opened).rejects.toThrow(/ClickHouse refuses these credentials/);
      await expect(opened).rejects.toThrow(expect.not.stringContaining("wr0ng"));
    }
    const closed = `clickhouse://127.0.0.1:1/x`;
    await expect(openGallery(closed)).rejects.toThrow(
      /no ClickHouse answers; expected its HTTP interface at 127\.0\.0\.1, port 1/,
    );
  });
});
