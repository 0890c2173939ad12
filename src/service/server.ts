import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import Swagger from "@fastify/swagger";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import Fastify from "fastify";
import { UnavailableError } from "../core/errors.js";
import { version } from "../core/version.js";
import type { Access } from "./access.js";
import type { Admission } from "./admission.js";
import { HEALTH_SCHEMA, UPLOAD_BODY } from "./api-schemas.js";
import type { BodyBudget } from "./bodies.js";
import type { GalleryLease } from "./gallery-lease.js";
import { addGalleryRoutes } from "./gallery-routes.js";
import type { ServiceMetrics } from "./metrics.js";
import type { PageFile } from "./page-files.js";
import { Refusal } from "./refusal.js";
import { takePictureBodies } from "./request-body.js";
import { addSearchRoutes } from "./search-routes.js";
import type { ServiceLimits } from "./service-limits.js";

/** What a server is made of. */
export interface ServerParts {
  readonly lease: GalleryLease;
  readonly admission: Admission;
  readonly access: Access;
  readonly budget: BodyBudget;
  readonly metrics: ServiceMetrics;
  readonly limits: ServiceLimits;
  readonly page: ReadonlyMap<string, PageFile>;
  /** Told of faults of ours. */
  readonly log: (line: string) => void;
  /** Whether no new request is to be taken. */
  readonly isStopping: () => boolean;
}

/** What anybody may ask for, beside the page; a session is asked for by the token itself. */
const WITHOUT_TOKEN: readonly string[] = ["/healthz", "/openapi.json", "/api/session"];

/** Connections at a time. */
const MOST_CONNECTIONS = 2048;

/** For everything that is sent: nothing of another host is loaded, nothing is guessed, no site frames it. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** The routes of the service and what holds for all of them; it does not listen yet. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const { limits, access, budget, metrics, isStopping } = parts;
  const milliseconds = 1000 * limits.seconds;
  const server = Fastify({
    bodyLimit: limits.bytes,
    requestTimeout: milliseconds, // headers and body: a slow sender is told 408
    connectionTimeout: 3 * milliseconds, // without a byte either way, which is longer than any wait
    keepAliveTimeout: 5000,
    forceCloseConnections: "idle",
    return503OnClosing: false, // told in the words of the API
    // Node takes the longer of the two for the whole request.
    http: { headersTimeout: milliseconds, connectionsCheckingInterval: Math.min(1000, milliseconds) },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true } },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => sendError(error, request, reply, parts.log),
    clientErrorHandler: tellClientError,
  });
  server.server.maxConnections = MOST_CONNECTIONS;
  server.setErrorHandler((error: FastifyError | Error, request, reply) => sendError(error, request, reply, parts.log));
  server.setNotFoundHandler((request, reply) =>
    sendError(
      new Refusal("not-found", `nothing answers ${request.method} at this address; /openapi.json lists what there is`),
      request,
      reply,
      parts.log,
    ),
  );
  const open = new Set([...WITHOUT_TOKEN, ...parts.page.keys()]);
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    if (isStopping()) throw new Refusal("stopping", "the service is ending; ask again later");
    access.checkSite(request.headers, request.method);
    // By what is called, not by how its address is written.
    if (!open.has(request.routeOptions.url ?? "")) access.checkToken(request.headers);
  });
  server.addHook("onSend", async (_, reply) => {
    if (isStopping()) reply.header("connection", "close"); // an end does not wait for who would ask again
  });
  server.addHook("onResponse", async (request, reply) => {
    metrics.noteAnswer(request.routeOptions.url ?? "other", reply.statusCode, reply.elapsedTime / 1000);
  });
  takePictureBodies(server, limits.bytes, budget);
  await server.register(Swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "hashbook serve", description: "Search by similar pictures, by deep hash codes", version },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      ...(access.isTokenNeeded ? { security: [{ token: [] }] } : {}),
    },
    transform: ({ schema, url, route }) => ({ schema: withUpload(schema, route.method), url }),
  });
  await server.register(async routes => {
    addPlainRoutes(routes, parts);
    addSearchRoutes(routes, parts);
    addGalleryRoutes(routes, parts);
  });
  await server.ready();
  return server;
}

/** A body that no schema checks, since it is no JSON, is told of in the description alone. */
function withUpload(schema: FastifySchema, method: string | string[]): FastifySchema {
  return method === "POST" && schema.consumes !== undefined ? { ...schema, body: UPLOAD_BODY } : schema;
}

function addPlainRoutes(server: FastifyInstance, { metrics, page }: ServerParts): void {
  server.get(
    "/healthz",
    { schema: { summary: "Whether the service answers", security: [], response: { 200: HEALTH_SCHEMA } } },
    async () => ({ status: "ok", version }),
  );
  const text = { "text/plain": { schema: { type: "string" } } };
  server.get(
    "/metrics",
    { schema: { summary: "Counts, for Prometheus", response: { 200: { description: "Text", content: text } } } },
    async (_, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  server.get("/openapi.json", { schema: { hide: true } }, async () => server.swagger());
  for (const [address, { type, bytes, etag }] of page) {
    server.get(address, { schema: { hide: true } }, async (request, reply) => {
      reply.header("etag", etag).header("cache-control", "no-cache");
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      return reply.type(type).send(bytes);
    });
  }
}

/** Answers what is no request, or did not come to its end in time: there is nothing but the connection to answer on. */
function tellClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? new Refusal(
          "timeout",
          "the request did not come to its end in time; expected a faster sender or a smaller picture",
        )
      : new Refusal("bad-request", `this is no HTTP request: ${error.message}`);
  const body = JSON.stringify(refusal.document());
  const head = `HTTP/1.1 ${refusal.statusCode} ${STATUS_CODES[refusal.statusCode]}\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

/** Seconds after which it is worth while to ask an engine again. */
const ENGINE_SECONDS = 5;

/** Codes of the framework's own errors that are the asker's. */
const FRAMEWORK_REFUSALS: Readonly<Record<number, Refusal["code"]>> = {
  408: "timeout",
  413: "too-large",
  415: "format",
};

function sendError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  log: (line: string) => void,
): FastifyReply {
  const refusal = refusalOf(error);
  if (refusal.code === "internal" || error instanceof UnavailableError)
    log(`${request.method} ${request.routeOptions.url ?? "other"} failed: ${error.stack ?? error}`);
  if (refusal.retryAfter !== undefined) reply.header("retry-after", String(refusal.retryAfter));
  if (refusal.code === "token") reply.header("www-authenticate", "Bearer");
  if (refusal.code === "too-large") reply.header("connection", "close"); // the rest of the body may be endless
  return reply.code(refusal.statusCode).type("application/json; charset=utf-8").send(refusal.document());
}

function refusalOf(error: FastifyError | Error): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof UnavailableError)
    return new Refusal("busy", "the engine of the gallery does not answer", ENGINE_SECONDS);
  const { validation, validationContext, statusCode = 500 } = error as FastifyError;
  if (validation !== undefined) {
    const [{ instancePath, message, params }] = validation;
    const unknown = params?.additionalProperty === undefined ? "" : `: ${params.additionalProperty}`;
    const allowed = params?.allowedValues === undefined ? "" : `: ${(params.allowedValues as string[]).join(", ")}`;
    const where = [validationContext, instancePath.replaceAll("/", " ").trim()].filter(Boolean).join(" ");
    return new Refusal("bad-request", `${where} ${message}${unknown}${allowed}; /openapi.json says what is expected`);
  }
  const code = FRAMEWORK_REFUSALS[statusCode];
  if (code !== undefined) return new Refusal(code, error.message);
  if (statusCode < 500) return new Refusal("bad-request", error.message);
  return new Refusal("internal", "a fault of the service itself; its log says more");
}
