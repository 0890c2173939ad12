import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { FastifyInstance } from "fastify";
import { InputError } from "../core/errors.js";

/** An address to listen at. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/**
 * Listens, and lets go at once: opening what is served can take minutes, and whoever waits for it hears of a port that
 * another has before, not after.
 * @throws {InputError} when the address cannot be had
 */
export async function checkAddress({ host, port }: ListenAddress): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", cause => reject(notHere(cause)));
    probe.listen({ host, port }, resolve);
  });
  await new Promise<void>(resolve => probe.close(() => resolve()));
}

/**
 * @returns the URL it is reached at
 * @throws {InputError} when the address cannot be had
 */
export async function listen(server: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw notHere(cause as Error);
  }
  const { port: taken } = server.server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
}

function notHere(cause: Error): InputError {
  return new InputError("the service cannot listen here", {
    expected: "an address of this machine (--host) and a port that is free (--port; 0 takes any)",
    actual: cause.message,
    cause,
  });
}
