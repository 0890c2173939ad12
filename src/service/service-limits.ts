import { PIXELS_AT_MOST } from "../images/decode.js";

/** What one request, and all of them together, may ask for. */
export interface ServiceLimits {
  /** Bytes of an uploaded picture. */
  readonly bytes: number;
  /** Pixels of a picture, width times height; its file's header says them before it is decoded. */
  readonly pixels: number;
  /** Results of a search. */
  readonly k: number;
  /** Requests that may wait. */
  readonly queue: number;
  /** Seconds for a request to arrive, to wait for its turn, and for its answer to be taken. */
  readonly seconds: number;
}

/** Of a service that is told nothing else. */
export const DEFAULT_LIMITS: ServiceLimits = {
  bytes: 16 * 2 ** 20,
  pixels: 40_000_000,
  k: 200,
  queue: 64,
  seconds: 30,
};

/** The most that a limit can be set to. */
export const LARGEST_LIMITS: Readonly<Pick<ServiceLimits, "bytes" | "pixels" | "queue" | "seconds">> = {
  bytes: 2 ** 30,
  pixels: PIXELS_AT_MOST,
  queue: 100_000,
  seconds: 3600,
};

/** Bodies held at a time, in bytes: as many large ones as cores work on and some that wait, whatever the queue is. */
export function bodyBytes({ bytes }: Pick<ServiceLimits, "bytes">): number {
  return Math.max(256 * 2 ** 20, 4 * bytes);
}
