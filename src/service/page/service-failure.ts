import type { Remedy } from "./messages.js";
import { sentence, size } from "./sentences.js";

/** What went wrong with a request, as a sentence for whoever sits before the page. */
export class ServiceFailure extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when there was no answer at all. */
    readonly status: number,
    /** Seconds after which the service wants to be asked again. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "ServiceFailure";
  }
}

/** Statuses of pictures that the service will not take, however often it is asked. */
const OF_PICTURE: readonly number[] = [400, 413, 415, 422];

/** What helps after a failure; undefined where nothing does. */
export function remedyOf(error: unknown): Remedy | undefined {
  if (!(error instanceof ServiceFailure)) return "again";
  if (error.status === 404) return undefined;
  return OF_PICTURE.includes(error.status) ? "choose" : "again";
}

/** Seconds to wait where the service names none. */
const RETRY = 2;
/** Longest wait that is taken from the service, in seconds. */
const LONGEST_RETRY = 60;

/** Reads the failure out of an answer that is none. */
export async function failureOf(response: Response): Promise<ServiceFailure> {
  const said = await messageOf(response);
  const { status } = response;
  if (status !== 429 && status !== 503) return new ServiceFailure(said ?? wordsOf(status), status);
  const seconds = Number(response.headers.get("retry-after") ?? RETRY);
  const wait = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_RETRY) : RETRY;
  return new ServiceFailure(said ?? "The service has more requests than it can take now.", status, wait);
}

/** The service did not answer. */
export function noAnswer(): ServiceFailure {
  const check = 'See whether "hashbook serve" still runs at this address, then try again.';
  return new ServiceFailure(`The service does not answer. ${check}`, 0);
}

/** A file that the service would refuse for its size, said before it is sent. */
export function tooLarge(file: File, limit: number): ServiceFailure {
  const taken = `This picture has ${size(file.size)}; the service takes up to ${size(limit)}`;
  return new ServiceFailure(`${taken}. Make it smaller.`, 413);
}

/** A file of another kind. @param formats those that the service reads */
export function notAPicture(file: File, formats: readonly string[]): ServiceFailure {
  const kind = file.type === "" ? "a file of an unknown kind" : file.type;
  return new ServiceFailure(`${file.name} is no picture but ${kind}. Expected: ${formats.join(", ")}.`, 415);
}

async function messageOf(response: Response): Promise<string | undefined> {
  try {
    const said = (await response.json()) as { error?: { message?: unknown } };
    return typeof said.error?.message === "string" ? sentence(said.error.message) : undefined;
  } catch {
    return undefined; // A proxy's page, or nothing: the status has to do.
  }
}

function wordsOf(status: number): string {
  return WORDS[status] ?? `The service answered with status ${status}.`;
}

const WORDS: Readonly<Record<number, string>> = {
  400: "The service could not read the request: the picture is damaged, or no picture.",
  401: "The service wants a token.",
  404: "There is no such picture in the gallery.",
  408: "The picture took too long to arrive. Try again.",
  413: "The picture is too large for the service.",
  415: "The service does not read this format. Save the picture as JPEG or PNG.",
  422: "The picture could not be decoded. Save it again as JPEG or PNG.",
};
