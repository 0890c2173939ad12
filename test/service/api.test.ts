// The interface, asked in this process: answers that follow from the codes, refusals with their reasons, and a description
// that answers keep to.
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unpackCodes } from "../../src/codes/packed-codes.js";
import { hammingTopK } from "../../src/ranking/hamming-ranking.js";
import type { OpenedSources } from "../../src/service/opened-sources.js";
import type { RunningService } from "../../src/service/start-service.js";
import { BITS, colourDataset, pngOf, startTestService, testSources } from "./fixture.js";

const dataset = colourDataset(90);
let service: RunningService;
let sources: OpenedSources;

beforeAll(async () => {
  sources = await testSources(dataset);
  service = await startTestService({ open: async () => sources });
});
afterAll(() => service.stop());

/** Of what is answered, the fields that are looked at. */
interface Body {
  readonly results: readonly Found[];
  readonly items: readonly { readonly classes: readonly string[] }[];
  readonly [field: string]: unknown;
}

interface Found {
  readonly row: number;
  readonly distance: number;
  readonly score: number;
  readonly self?: boolean;
  readonly code: string;
  readonly image: string;
}

interface Answer {
  readonly status: number;
  readonly body: Body;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { statusCode, headers: sent, payload } = await service.server.inject({ url, headers });
  return {
    status: statusCode,
    headers: sent,
    body: /json/.test(`${sent["content-type"]}`) ? JSON.parse(payload) : payload,
  };
}

async function post(url: string, payload: Buffer, type = "image/png"): Promise<Answer> {
  const answered = await service.server.inject({ method: "POST", url, payload, headers: { "content-type": type } });
  return { status: answered.statusCode, headers: answered.headers, body: answered.json() };
}

const bitsOf = (model: number, row: number): string =>
  Array.from(
    unpackCodes(sources.models[model].codes!).data.subarray(row * BITS[model], (row + 1) * BITS[model]),
    bit => (bit > 0 ? "1" : "0"),
  ).join("");

/** Rows and distances nearest to a row, by an exhaustive ranking. */
function nearest(model: number, row: number, k: number): { row: number; distance: number }[] {
  const codes = sources.models[model].codes!;
  const one = { ...codes, data: codes.data.slice(row * codes.bytesPerCode, (row + 1) * codes.bytesPerCode), count: 1 };
  const { indices, distances } = hammingTopK({ queries: { codes: one }, database: { codes } }, { k });
  return Array.from(indices.data, (item, place) => ({ row: item, distance: distances.data[place] }));
}

const brief = ({ results }: Body): object[] => results.map(({ row, distance }) => ({ row, distance }));

describe("a search", () => {
  it("by an uploaded picture gives what its code finds, for each model, and the facts of each item", async () => {
    for (const [model, id] of ["own-21", "own-33"].entries()) {
      const { status, body } = await post(`/api/search?model=${id}&k=7`, await pngOf(dataset, 17));
      expect(status, JSON.stringify(body)).toBe(200);
      expect(brief(body)).toEqual(nearest(model, 17, 7));
      expect(body.query).toEqual({ width: 8, height: 8, code: bitsOf(model, 17) });
      expect(body).toMatchObject({ model: id, order: "hamming", k: 7, radius: null, within: null, notes: [] });
      const far = nearest(model, 17, 7)[6].distance;
      const asFar = nearest(model, 17, 90).filter(({ distance }) => distance === far);
      expect(body.ties).toEqual({ distance: far, count: asFar.length });
      expect(body.likeness).toMatchObject({ cosine: expect.closeTo(1, 5), sample: 90, below: 90 });
      const { row } = body.results[0];
      expect(body.results[0]).toEqual({
        ...{ row, distance: 0, id: `colours/${row}`, classes: [["red", "green", "blue"][row % 3]] },
        code: bitsOf(model, row),
        image: expect.stringMatching(new RegExp(`^/api/images/${row}\\?v=\\w+$`)),
      });
      expect(Object.keys(body.seconds as object)).toEqual(["wait", "decode", "network", "head", "rank"]);
    }
    expect((await get("/metrics")).body).toMatch(/hashbook_pictures_remembered 1\n/); // the second model computed nothing
  });

  it("by a form with one file is the same", async () => {
    const form = new FormData();
    form.append("image", new Blob([new Uint8Array(await pngOf(dataset, 3))]), "x.png");
    const sent = new Response(form);
    const payload = Buffer.from(await sent.arrayBuffer());
    const { status, body } = await post("/api/search?k=5", payload, sent.headers.get("content-type")!);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(brief(body)).toEqual(nearest(0, 3, 5));
  });

  it("by a row of the gallery finds itself, and says so", async () => {
    const { body } = await get("/api/search?row=40&k=4&model=own-33");
    expect(brief(body)).toEqual(nearest(1, 40, 4));
    expect(body.query).toEqual({ row: 40, id: "colours/40", classes: ["green"], code: bitsOf(1, 40) });
    expect(body.likeness).toBeNull();
    const own = body.results.filter(one => one.self);
    expect(own.map(one => one.row)).toEqual([40]);
  });

  it("within a radius gives those within it, at most k, and counts all", async () => {
    const all = nearest(0, 12, 90);
    for (const [radius, k] of [
      [0, 50],
      [4, 3],
      [21, 90],
    ]) {
      const { body } = await get(`/api/search?row=12&radius=${radius}&k=${k}`);
      const within = all.filter(({ distance }) => distance <= radius);
      expect(brief(body)).toEqual(within.slice(0, k));
      expect([body.within, body.radius]).toEqual([within.length, radius]);
    }
  });

  it("in a finer order orders by its score, ties by row, and says among how many", async () => {
    const { features, codes } = sources.models[0];
    const [, dim] = features!.shape;
    const rowOf = (row: number): Float32Array => features!.data.subarray(row * dim, (row + 1) * dim);
    const cosine = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, x, i) => sum + x * b[i], 0) / Math.hypot(...a) / Math.hypot(...b);
    const { body } = await get("/api/search?row=8&order=cosine&k=6");
    expect(body.notes).toEqual(["all 90 were ordered"]);
    const scores = body.results.map(({ row, score }) => [score, cosine(rowOf(8), rowOf(row))]);
    for (const [given, expected] of scores) expect(given).toBeCloseTo(expected, 5);
    expect([...scores].sort((a, b) => b[0] - a[0])).toEqual(scores);
    const best = Array.from({ length: 90 }, (_, row) => cosine(rowOf(8), rowOf(row))).sort((a, b) => b - a);
    expect(scores.map(([, expected]: number[]) => expected)).toEqual(best.slice(0, 6));
    for (const ask of [
      () => get("/api/search?row=8&order=asymmetric&k=90"),
      async () => post("/api/search?order=asymmetric&k=90", await pngOf(dataset, 8)),
    ]) {
      const asymmetric = (await ask()).body;
      expect(asymmetric.results).toHaveLength(90);
      const given = asymmetric.results.map(({ score }) => score);
      expect([...given].sort((a, b) => b - a)).toEqual(given);
      expect(given[0]).toBeGreaterThan(0);
      expect(asymmetric.results[0].code).toBe(bitsOf(0, asymmetric.results[0].row));
    }
    expect(codes!.count).toBe(90);
  });
});

describe("what is served", () => {
  it("is described, without what is nobody's business", async () => {
    const { body } = await get("/api/service");
    expect(body).toEqual({
      version: expect.any(String),
      dataset: { name: "colours", title: "colours", items: 90, classes: ["red", "green", "blue"], products: false },
      gallery: { items: 90, engine: "resident" },
      models: BITS.map(bits => {
        const orders = ["hamming", "asymmetric", "cosine"];
        return { id: `own-${bits}`, title: `own, ${bits} bits`, method: "own", bits, backbone: "linear", orders };
      }),
      limits: { bytes: 16 * 2 ** 20, pixels: 40_000_000, k: 200, queue: 64 },
      formats: ["jpeg", "png", "webp", "gif", "tiff", "avif"],
      tokenNeeded: false,
    });
  });

  it("has pictures, encoded anew, that can be kept while their version is named", async () => {
    const { body } = await get("/api/search?row=5&k=1");
    const { image } = body.results[0];
    const answered = await service.server.inject({ url: image });
    expect(answered.headers).toMatchObject({ "content-type": "image/webp", "x-content-type-options": "nosniff" });
    expect(answered.headers["cache-control"]).toMatch(/immutable/);
    expect(answered.rawPayload.subarray(0, 4).toString()).toBe("RIFF");
    expect((await service.server.inject({ url: "/api/images/5" })).headers["cache-control"]).toBe("private, no-cache");
  });

  it("begins with examples of all classes, the same each time", async () => {
    const { body } = await get("/api/examples?count=6");
    expect(body.items.map(({ classes: [name] }) => name).sort()).toEqual([
      "blue",
      "blue",
      "green",
      "green",
      "red",
      "red",
    ]);
    expect(await get("/api/examples?count=6")).toMatchObject({ body });
  });

  it("has a page that loads nothing from elsewhere, and health for whoever watches it", async () => {
    const page = await get("/");
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'self'/);
    expect((await get("/", { "if-none-match": `${page.headers.etag}` })).status).toBe(304);
    expect((await get("/healthz")).body).toMatchObject({ status: "ok" });
    expect((await get("/metrics")).body).toMatch(/hashbook_requests_total\{route="\/api\/search",status="200"\} \d+/);
  });
});

/** A form with one file, of boundary a. */
const formOf = (file: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('--a\r\nContent-Disposition: form-data; name="image"; filename="x"\r\nContent-Type: image/png\r\n\r\n'),
    file,
    Buffer.from("\r\n--a--\r\n"),
  ]);

describe("a refusal", () => {
  it.each([
    ["/api/search?row=90", 404, "not-found", /no row 90; expected 0\.\.89/],
    ["/api/search?row=-1", 400, "bad-request", /row must be >= 0/],
    ["/api/search?row=1.5", 400, "bad-request", /row must be integer/],
    ["/api/search", 400, "bad-request", /must have required property 'row'/],
    ["/api/search?row=1&k=0", 400, "bad-request", /k must be >= 1/],
    ["/api/search?row=1&k=201", 400, "bad-request", /k must be <= 200/],
    ["/api/search?row=1&radius=22", 400, "bad-request", /radius is 22; expected 0\.\.21/],
    ["/api/search?row=1&order=nearest", 400, "bad-request", /order must be .*hamming, asymmetric, cosine/],
    ["/api/search?row=1&model=other", 400, "bad-request", /no model "other"; expected one of own-21, own-33/],
    ["/api/search?row=1&kk=3", 400, "bad-request", /additional properties: kk/],
    ["/api/images/90", 404, "not-found", /no row 90/],
    ["/api/images/5?side=5000", 400, "bad-request", /side must be <= 1024/],
    ["/api/images/..%2f..%2fetc%2fpasswd", 400, "bad-request", /row must be integer/],
    ["/assets/../../package.json", 404, "not-found", /nothing/],
    ["/assets/..%2f..%2fpackage.json", 404, "not-found", /nothing/],
    ["/assets/%00", 404, "not-found", /nothing/],
    ["/api/other", 404, "not-found", /openapi\.json/],
  ])("of %s is %i, %s, and says what was expected", async (url, status, code, message) => {
    const answered = await get(url);
    expect(answered.body).toEqual({ error: { code, message: expect.stringMatching(message) } });
    expect(answered.status).toBe(status);
  });

  it("of a body says what it is and what was expected", async () => {
    const png = await pngOf(dataset, 1);
    const cases: [Buffer, string, number, string, RegExp][] = [
      [Buffer.alloc(0), "image/png", 400, "no-picture", /no picture came/],
      [Buffer.from("hello"), "image/png", 415, "format", /this is no image; expected a JPEG/],
      [Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml", 415, "format", /SVG drawing/],
      [Buffer.from("%PDF-1.7"), "application/pdf", 415, "format", /a PDF document/],
      [png.subarray(0, 20), "image/png", 422, "undecodable", /cannot be read/],
      [
        png.subarray(0, png.length - 30),
        "image/png",
        422,
        "undecodable",
        /cut short or damaged; expected a whole JPEG[^-]* image$/,
      ],
      [Buffer.from("x"), "multipart/form-data", 400, "no-picture", /boundary/i],
      [formOf(png).subarray(0, 90), "multipart/form-data; boundary=a", 400, "no-picture", /form cannot be read/],
      [
        formOf(png).subarray(0, 140),
        "multipart/form-data; boundary=a",
        400,
        "no-picture",
        /cannot be read: (it ends within its file|Unexpected end)/,
      ],
      [Buffer.from("--a--\r\n"), "multipart/form-data; boundary=a", 400, "no-picture", /no file/],
    ];
    for (const [payload, type, status, code, message] of cases) {
      const answered = await post("/api/search", payload, type);
      expect(answered.body, type).toEqual({ error: { code, message: expect.stringMatching(message) } });
      expect(answered.status).toBe(status);
    }
  });
});

/** Of the description, where the schema of an answer is. */
type Paths = Record<
  string,
  Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
>;

describe("the description of the interface", () => {
  it("is valid OpenAPI 3.1, and names every route that has an answer", async () => {
    const { body } = await get("/openapi.json");
    const { valid, errors } = await new Validator().validate(body);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(body.openapi).toBe("3.1.0");
    const paths = [
      "/api/examples",
      "/api/images/{row}",
      "/api/search",
      "/api/service",
      "/api/session",
      "/healthz",
      "/metrics",
    ];
    expect(Object.keys(body.paths as object).sort()).toEqual(paths);
    const { post: upload } = (body.paths as Record<string, Record<string, { requestBody: { content: object } }>>)[
      "/api/search"
    ];
    expect(Object.keys(upload.requestBody.content)).toEqual(["image/*", "multipart/form-data"]);
    expect(JSON.stringify(body)).not.toContain("Default Response");
  });

  it("is kept to by answers and refusals", async () => {
    const paths = (await get("/openapi.json")).body.paths as Paths;
    const ajv = new Ajv2020({ strict: false });
    const check = (path: string, method: string, status: string, body: unknown): void => {
      const { schema } = paths[path][method].responses[status].content["application/json"];
      expect(ajv.validate(schema, body), JSON.stringify([path, ajv.errors])).toBe(true);
    };
    check("/api/service", "get", "200", (await get("/api/service")).body);
    check("/api/examples", "get", "200", (await get("/api/examples")).body);
    check("/healthz", "get", "200", (await get("/healthz")).body);
    for (const order of ["hamming", "asymmetric", "cosine"]) {
      check("/api/search", "get", "200", (await get(`/api/search?row=2&radius=9&order=${order}`)).body);
      check("/api/search", "post", "200", (await post(`/api/search?order=${order}`, await pngOf(dataset, 2))).body);
    }
    check("/api/search", "get", "4XX", (await get("/api/search?row=1000")).body);
    check("/api/images/{row}", "get", "4XX", (await get("/api/images/1000")).body);
  });
});
