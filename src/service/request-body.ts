import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { BodyBudget, HeldBytes } from "./bodies.js";
import { readBody, readForm } from "./bodies.js";
import { Refusal } from "./refusal.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Bytes of its body that count against the budget. */
    heldBytes: HeldBytes | null;
  }
}

/**
 * Takes the bytes of pictures, and forms with one, as bodies: whole, in memory, bounded by themselves and all together.
 * @param limit bytes of a picture
 */
export function takePictureBodies(server: FastifyInstance, limit: number, budget: BodyBudget): void {
  server.decorateRequest("heldBytes", null);
  server.removeAllContentTypeParsers();
  const hold = (request: { heldBytes: HeldBytes | null }): HeldBytes => {
    const held = budget.open();
    request.heldBytes = held;
    return held;
  };
  server.addContentTypeParser("multipart/form-data", (request: FastifyRequest, payload: IncomingMessage) =>
    readForm(payload, request.headers, { limit, held: hold(request) }),
  );
  // Whatever it is called: its first bytes decide.
  server.addContentTypeParser("*", (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, { limit, held: hold(request) }),
  );
  server.addHook("onRequest", async (request, reply) => {
    reply.raw.once("close", () => request.heldBytes?.release()); // also where the client went away
    const length = Number(request.headers["content-length"] ?? 0);
    if (length > 4 * limit) {
      throw new Refusal("too-large", `this body has ${length} bytes; expected a picture of at most ${limit}`);
    }
  });
  server.addHook("onResponse", async request => request.heldBytes?.release());
}
