// What is asked and answered, in JSON Schema: requests are checked by it, answers are written by it, and the description of
// the API is made of it.
import { COUNT, type JsonSchema, listOf, NUMBER, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { REFUSAL_CODES } from "./refusal.js";
import { SEARCH_ORDERS } from "./search-order.js";
import type { ServiceLimits } from "./service-limits.js";

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });
const withWords = (schema: JsonSchema, description: string): JsonSchema => ({ ...schema, description });

const ROW: JsonSchema = withWords(COUNT, "Row of the gallery, from 0");
const CLASSES: JsonSchema = withWords(listOf(TEXT), "Names of its classes; none where they are not known");
const PRODUCT: JsonSchema = withWords(TEXT, "Of a challenge's data: its product");
const IMAGE: JsonSchema = withWords(orNull(TEXT), "Address of the picture on this service; null where it has none");
const CODE: JsonSchema = withWords(
  { type: "string", pattern: "^[01]+$" },
  "Bits of the hash code, 1 for +1; of results not where an engine holds the codes",
);

/** Any error. */
export const ERROR_SCHEMA: JsonSchema = withWords(
  objectOf({ error: objectOf({ code: { enum: REFUSAL_CODES, type: "string" }, message: TEXT }) }),
  "Why it is not answered as asked: what was expected, and what to do",
);

/** Bytes of a picture, or a form with them. */
export const UPLOAD_BODY: JsonSchema = {
  description: "A picture: its bytes as they are, whatever content type names them, or a form with one file",
  content: {
    "image/*": { schema: { type: "string", format: "binary" } },
    "multipart/form-data": {
      schema: {
        type: "object",
        required: ["image"],
        properties: { image: { type: "string", format: "binary", description: "The file; any other name will do" } },
      },
    },
  },
};

export const HEALTH_SCHEMA: JsonSchema = withWords(
  objectOf({ status: { type: "string", enum: ["ok"] }, version: TEXT }),
  "It answers",
);

export const SERVICE_SCHEMA: JsonSchema = withWords(
  objectOf({
    version: TEXT,
    dataset: objectOf({
      name: TEXT,
      title: TEXT,
      items: COUNT,
      classes: withWords(orNull(listOf(TEXT)), "Names of all classes; null where they are not known, or too many"),
      products: YES_OR_NO,
    }),
    gallery: objectOf({ items: COUNT, engine: { type: "string", enum: ["resident", "milvus", "clickhouse"] } }),
    models: listOf(
      objectOf({
        id: TEXT,
        title: TEXT,
        method: TEXT,
        bits: COUNT,
        backbone: TEXT,
        orders: listOf({ type: "string", enum: SEARCH_ORDERS }),
      }),
    ),
    limits: objectOf({ bytes: COUNT, pixels: COUNT, k: COUNT, queue: COUNT }),
    formats: listOf(TEXT),
    tokenNeeded: YES_OR_NO,
  }),
  "What is served, its models and limits",
);

const RESULT: JsonSchema = objectOf(
  {
    row: ROW,
    id: TEXT,
    distance: withWords(COUNT, "Hamming distance, bits"),
    classes: CLASSES,
    image: IMAGE,
  },
  {
    code: CODE,
    score: withWords(NUMBER, "Of other orders than hamming: larger is nearer"),
    self: withWords(YES_OR_NO, "The picture itself that was searched with"),
    product: PRODUCT,
  },
);

export const SEARCH_SCHEMA: JsonSchema = withWords(
  objectOf({
    model: TEXT,
    order: { type: "string", enum: SEARCH_ORDERS },
    k: COUNT,
    radius: orNull(COUNT),
    query: objectOf(
      { code: CODE },
      { row: ROW, id: TEXT, width: COUNT, height: COUNT, classes: CLASSES, product: PRODUCT },
    ),
    within: withWords(orNull(COUNT), "Items within the radius; null without one, or where an engine does not say it"),
    ties: withWords(
      orNull(objectOf({ distance: COUNT, count: COUNT })),
      "Of a full list by Hamming distance: the distance of its last result, and how many items are as far; those of them that are listed are the first by row",
    ),
    likeness: withWords(
      orNull(objectOf({ cosine: NUMBER, usual: NUMBER, sample: COUNT, below: COUNT })),
      "Of an uploaded picture, where features are at hand: their cosine with those of the likest of the 200 nearest; what 99 in 100 of `sample` items of the gallery have at least with others; how many of these have no more than the picture. Few: it is probably of another kind",
    ),
    results: listOf(RESULT),
    seconds: objectOf({ wait: NUMBER, decode: NUMBER, network: NUMBER, head: NUMBER, rank: NUMBER }),
    notes: withWords(listOf(TEXT), "Sentences on how it was searched"),
  }),
  "What was found, best first",
);

export const EXAMPLES_SCHEMA: JsonSchema = withWords(
  objectOf({ items: listOf(objectOf({ row: ROW, id: TEXT, classes: CLASSES, image: IMAGE }, { product: PRODUCT })) }),
  "Items of different classes, as far as there are so many",
);

/** Parameters that no other may stand beside. */
function parameters(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** Bits of a code at most, which a radius cannot exceed. */
const MOST_BITS = 1024;

function searchParameters({ k }: ServiceLimits): Record<string, JsonSchema> {
  return {
    model: withWords({ type: "string", maxLength: 200 }, "Name of the model; default: the first"),
    k: { type: "integer", minimum: 1, maximum: k, default: 20, description: "Results at most" },
    radius: {
      type: "integer",
      minimum: 0,
      maximum: MOST_BITS,
      description: "Only items within this Hamming distance, inclusive; default: all",
    },
    order: {
      type: "string",
      enum: SEARCH_ORDERS,
      default: "hamming",
      description:
        "hamming: by distance, ties by ascending row. asymmetric: the nearest of these by relaxed code against codes. cosine: the nearest of these by features",
    },
  };
}

/** Of a search with a picture as the body. */
export const uploadParameters = (limits: ServiceLimits): JsonSchema => parameters(searchParameters(limits));

/** Of a search with a picture of the gallery. */
export const rowParameters = (limits: ServiceLimits): JsonSchema =>
  parameters({ row: ROW, ...searchParameters(limits) }, ["row"]);

export const EXAMPLES_PARAMETERS: JsonSchema = parameters({
  count: { type: "integer", minimum: 1, maximum: 100, default: 12, description: "Examples at most" },
});

export const IMAGE_PARAMETERS: JsonSchema = parameters({
  side: { type: "integer", minimum: 16, maximum: 1024, default: 256, description: "Pixels of the longer side at most" },
  v: withWords({ type: "string", maxLength: 40 }, "Version of the gallery, so that a picture can be kept for ever"),
});

export const IMAGE_PATH: JsonSchema = parameters({ row: ROW }, ["row"]);
