import type { FastifyInstance, FastifyReply } from "fastify";
import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes, unpackCodes } from "../codes/packed-codes.js";
import { knownNames } from "../core/nearest-name.js";
import type { Admission } from "./admission.js";
import { ERROR_SCHEMA, rowParameters, SEARCH_SCHEMA, uploadParameters } from "./api-schemas.js";
import type { GalleryItems } from "./gallery-items.js";
import type { GalleryLease } from "./gallery-lease.js";
import { goneSignal } from "./gone-signal.js";
import type { Likeness } from "./likeness.js";
import { likenessOf } from "./likeness.js";
import type { ServiceMetrics, Stage } from "./metrics.js";
import { Refusal } from "./refusal.js";
import type { FoundItem, SearchFindings } from "./search-gallery.js";
import { searchGallery } from "./search-gallery.js";
import type { SearchOrder } from "./search-order.js";
import type { EmbeddedQuery, ServedGallery } from "./served-gallery.js";
import type { ServedModel } from "./served-model.js";
import type { ServiceLimits } from "./service-limits.js";

/** Parameters of a search, as they were checked. */
interface SearchParameters {
  readonly model?: string;
  readonly k: number;
  readonly radius?: number;
  readonly order: SearchOrder;
}

/** What is searched with. */
type SearchWith =
  | { readonly kind: "upload"; readonly bytes: Uint8Array }
  | { readonly kind: "row"; readonly row: number };

/** What the routes work with. */
export interface SearchRoutes {
  readonly lease: GalleryLease;
  readonly admission: Admission;
  readonly metrics: ServiceMetrics;
  readonly limits: ServiceLimits;
}

const ANSWERS = { 200: SEARCH_SCHEMA, "4xx": ERROR_SCHEMA, "5xx": ERROR_SCHEMA };

/** `POST /api/search` with a picture, `GET /api/search` with a row of the gallery. */
export function addSearchRoutes(server: FastifyInstance, routes: SearchRoutes): void {
  const { admission, limits } = routes;
  server.post<{ Querystring: SearchParameters; Body: Buffer | null }>(
    "/api/search",
    {
      schema: {
        summary: "Similar pictures of an uploaded one",
        description: "The body is the bytes of a picture, or a form with one file field, of any name.",
        consumes: ["image/*", "multipart/form-data"],
        querystring: uploadParameters(limits),
        response: ANSWERS,
      },
      onRequest: async () => admission.checkRoom(), // before a body is read that could not even wait
    },
    async (request, reply) =>
      search(routes, reply, request.query, { kind: "upload", bytes: request.body ?? new Uint8Array(0) }),
  );
  server.get<{ Querystring: SearchParameters & { row: number } }>(
    "/api/search",
    {
      schema: {
        summary: "Similar pictures of one of the gallery",
        querystring: rowParameters(limits),
        response: ANSWERS,
      },
    },
    async (request, reply) => search(routes, reply, request.query, { kind: "row", row: request.query.row }),
  );
}

async function search(
  { lease, admission, metrics, limits }: SearchRoutes,
  reply: FastifyReply,
  parameters: SearchParameters,
  what: SearchWith,
): Promise<object> {
  const came = performance.now();
  const work = async (): Promise<object> => {
    const wait = (performance.now() - came) / 1000;
    return lease.use(async gallery => {
      const model = gallery.model(parameters.model);
      checkParameters(parameters, model, gallery.items, what);
      const query = await embed(gallery, model, what, parameters.order);
      const started = performance.now();
      const findings = await searchGallery(model, query, parameters);
      const likeness = what.kind === "upload" ? await likenessOf(model.likeness, query) : null;
      const rank = (performance.now() - started) / 1000;
      const seconds = { wait, decode: 0, network: 0, head: 0, ...query.seconds, rank };
      metrics.noteStages({ wait, ...query.seconds, rank } satisfies Partial<Record<Stage, number>>);
      return answer(gallery, model, { parameters, what, query, findings, likeness, seconds });
    });
  };
  return inTime(admission.enter(work, goneSignal(reply)), 2 * limits.seconds);
}

/** Who asks is not kept waiting, by whatever it is; a thread with a picture that takes too long is given up by its crew. */
async function inTime<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = (): void => reject(new Refusal("timeout", `this search took longer than ${seconds} s`));
    timer = setTimeout(refuse, 1000 * seconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws {Refusal} bad-request, for what this model or gallery has not */
function checkParameters(
  { order, radius }: SearchParameters,
  { id, orders, bits }: ServedModel,
  { count }: GalleryItems,
  what: SearchWith,
): void {
  if (!orders.includes(order)) {
    throw new Refusal("bad-request", `model ${id} has no order "${order}"; expected ${knownNames(order, orders)}`);
  }
  if (radius !== undefined && radius > bits) {
    throw new Refusal("bad-request", `radius is ${radius}; expected 0..${bits}, the bits of model ${id}`);
  }
  if (what.kind === "row" && what.row >= count) {
    throw new Refusal("not-found", `the gallery has no row ${what.row}; expected 0..${count - 1}`);
  }
}

function embed(
  gallery: ServedGallery,
  model: ServedModel,
  what: SearchWith,
  order: SearchOrder,
): Promise<EmbeddedQuery> {
  return what.kind === "upload" ? gallery.embedUpload(model, what.bytes) : gallery.embedRow(model, what.row, order);
}

interface Answered {
  readonly parameters: SearchParameters;
  readonly what: SearchWith;
  readonly query: EmbeddedQuery;
  readonly findings: SearchFindings;
  readonly likeness: Likeness | null;
  readonly seconds: Readonly<Record<Stage, number>>;
}

function answer(
  { items, version }: ServedGallery,
  model: ServedModel,
  { parameters, what, query, findings, likeness, seconds }: Answered,
): object {
  const { k, order, radius } = parameters;
  const { found, within, ties, notes } = findings;
  const { width, height, code } = query;
  const own = what.kind === "row" ? what.row : undefined;
  const result = (item: FoundItem): object => ({
    ...itemFacts(items, version, item.row),
    distance: item.distance,
    ...(item.score === undefined ? {} : { score: item.score }),
    ...(item.row === own ? { self: true } : {}),
    ...(model.codes === undefined ? {} : { code: codeText(takeCodes(model.codes, [item.row])) }),
  });
  return {
    model: model.id,
    ...{ order, k, radius: radius ?? null },
    query: {
      ...(own === undefined ? {} : queryFacts(items, own)),
      ...(width === undefined ? {} : { width, height }),
      code: codeText(code),
    },
    ...{ within, ties, likeness, results: found.map(result), seconds, notes },
  };
}

/** What is said of an item wherever one is named. */
export function itemFacts(items: GalleryItems, version: string, row: number): object {
  return {
    ...queryFacts(items, row),
    image: items.image === undefined ? null : `/api/images/${row}?v=${version}`,
  };
}

function queryFacts(items: GalleryItems, row: number): object {
  const classes = items.classesOf(row);
  const product = items.products ? classes[0] : undefined;
  return { row, id: items.idOf(row), classes, ...(product === undefined ? {} : { product }) };
}

/** Bits of one code as characters. */
function codeText(code: PackedCodes): string {
  return Array.from(unpackCodes(code).data, bit => (bit > 0 ? "1" : "0")).join("");
}
