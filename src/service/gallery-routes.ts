import type { FastifyInstance } from "fastify";
import { Random } from "../core/random.js";
import { version } from "../core/version.js";
import type { Access } from "./access.js";
import {
  ERROR_SCHEMA,
  EXAMPLES_PARAMETERS,
  EXAMPLES_SCHEMA,
  IMAGE_PARAMETERS,
  IMAGE_PATH,
  SERVICE_SCHEMA,
} from "./api-schemas.js";
import type { GalleryItems } from "./gallery-items.js";
import type { GalleryLease } from "./gallery-lease.js";
import { GalleryPictures } from "./gallery-pictures.js";
import { goneSignal } from "./gone-signal.js";
import { PICTURE_FORMATS } from "./picture-check.js";
import { Refusal } from "./refusal.js";
import { itemFacts } from "./search-routes.js";
import type { ServiceLimits } from "./service-limits.js";

const ERRORS = { "4xx": ERROR_SCHEMA, "5xx": ERROR_SCHEMA };

/** Classes that are listed by name; a challenge's products are more. */
const MOST_CLASSES = 1000;

/** What the routes work with. */
export interface GalleryRoutes {
  readonly lease: GalleryLease;
  readonly access: Access;
  readonly limits: ServiceLimits;
}

/** What the service is, its pictures, and some of them to begin with. */
export function addGalleryRoutes(server: FastifyInstance, routes: GalleryRoutes): void {
  const { lease, access, limits } = routes;
  server.get(
    "/api/service",
    { schema: { summary: "What is served", response: { 200: SERVICE_SCHEMA, ...ERRORS } } },
    async () => serviceDocument(lease, limits, access.isTokenNeeded),
  );
  server.post(
    "/api/session",
    {
      schema: {
        summary: "A cookie that is taken instead of the token",
        response: { 204: { type: "null", description: "The cookie is set" }, ...ERRORS },
      },
    },
    async (request, reply) => {
      access.checkBearer(request.headers);
      return reply.header("set-cookie", access.sessionCookie()).code(204).send();
    },
  );
  server.get<{ Querystring: { count: number } }>(
    "/api/examples",
    {
      schema: {
        summary: "Some items of the gallery, of different classes",
        querystring: EXAMPLES_PARAMETERS,
        response: { 200: EXAMPLES_SCHEMA, ...ERRORS },
      },
    },
    async request => {
      const { items, version: at } = lease.current;
      return { items: exampleRows(items, request.query.count).map(row => itemFacts(items, at, row)) };
    },
  );
  addImageRoute(server, routes);
}

function addImageRoute(server: FastifyInstance, { lease, limits }: GalleryRoutes): void {
  const pictures = new GalleryPictures(limits.seconds);
  const picture = { type: "string", format: "binary", description: "The picture, encoded anew" };
  server.get<{ Params: { row: number }; Querystring: { side: number; v?: string } }>(
    "/api/images/:row",
    {
      schema: {
        summary: "A picture of the gallery",
        params: IMAGE_PATH,
        querystring: IMAGE_PARAMETERS,
        response: { 200: { description: "The picture", content: { "image/webp": { schema: picture } } }, ...ERRORS },
      },
    },
    async (request, reply) => {
      const { row } = request.params;
      const { side, v } = request.query;
      return lease.use(async gallery => {
        const { count } = gallery.items;
        // Its rows may be other pictures now.
        if (v !== undefined && v !== gallery.version)
          throw new Refusal("not-found", "the gallery was opened anew since this address was given; search again");
        if (row >= count) throw new Refusal("not-found", `the gallery has no row ${row}; expected 0..${count - 1}`);
        const { type, bytes } = await pictures.picture(gallery, row, side, goneSignal(reply));
        const kept = v === undefined ? "private, no-cache" : "private, max-age=31536000, immutable";
        return reply.type(type).header("cache-control", kept).send(bytes);
      });
    },
  );
}

function serviceDocument(lease: GalleryLease, limits: ServiceLimits, tokenNeeded: boolean): object {
  const { items, models } = lease.current;
  const { name, title, count, classNames, products } = items;
  const { bytes, pixels, k, queue } = limits;
  return {
    version,
    dataset: {
      name,
      title,
      items: count,
      classes: classNames.length > 0 && classNames.length <= MOST_CLASSES ? classNames : null,
      products,
    },
    gallery: { items: count, engine: models[0].gallery.engine },
    models: models.map(({ id, title, method, bits, backbone, orders }) => {
      return { id, title, method, bits, backbone, orders };
    }),
    limits: { bytes, pixels, k, queue },
    formats: PICTURE_FORMATS,
    tokenNeeded,
  };
}

/** Rows looked at for examples: of a large gallery not all. */
const LOOKED_AT = 2000;

/** Rows in a seeded order, those of classes that are not shown yet first. */
function exampleRows(items: GalleryItems, count: number): number[] {
  const random = new Random(0);
  const some = Array.from({ length: Math.min(items.count, LOOKED_AT) }, (_, at) =>
    items.count <= LOOKED_AT ? at : random.integer(items.count),
  );
  const order = Array.from(random.permutation(some.length), at => some[at]);
  const rows = [...new Set(order)];
  const times = new Map<number, number>();
  const turnOf = new Map<number, number>();
  for (const row of rows) {
    const label = items.labelsOf(row)[0] ?? -1;
    const turn = times.get(label) ?? 0;
    times.set(label, turn + 1);
    turnOf.set(row, turn);
  }
  return rows.sort((a, b) => turnOf.get(a)! - turnOf.get(b)!).slice(0, count);
}
