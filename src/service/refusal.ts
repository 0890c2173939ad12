/** Why a request gets no answer. */
export type RefusalCode =
  | "bad-request"
  | "no-picture"
  | "token"
  | "forbidden"
  | "not-found"
  | "timeout"
  | "too-large"
  | "too-many-pixels"
  | "format"
  | "undecodable"
  | "busy"
  | "stopping"
  | "internal";

/** HTTP status of each. */
const STATUS: Readonly<Record<RefusalCode, number>> = {
  "bad-request": 400,
  "no-picture": 400,
  token: 401,
  forbidden: 403,
  "not-found": 404,
  timeout: 408,
  "too-large": 413,
  "too-many-pixels": 413,
  format: 415,
  undecodable: 422,
  busy: 503,
  stopping: 503,
  internal: 500,
};

/** All codes, as the description of the API lists them. */
export const REFUSAL_CODES: readonly RefusalCode[] = Object.keys(STATUS) as RefusalCode[];

/** What a client is told of an error. */
export interface ErrorDocument {
  readonly error: { readonly code: RefusalCode; readonly message: string };
}

/** A request that is not answered as it was asked. Its message is for whoever asks: what was expected, and what to do. */
export class Refusal extends Error {
  /** Of the HTTP answer. */
  readonly statusCode: number;

  /** @param retryAfter seconds after which it is worth while to ask again. Default: nobody knows */
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "Refusal";
    this.statusCode = STATUS[code];
  }

  document(): ErrorDocument {
    return { error: { code: this.code, message: this.message } };
  }
}
