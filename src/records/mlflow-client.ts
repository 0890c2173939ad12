import { setTimeout as sleep } from "node:timers/promises";
import { InputError, UnavailableError } from "../core/errors.js";

/** How an MLflow tracking server is reached. */
export interface MlflowServer {
  /** `http://…` or `https://…`, without a slash at the end. */
  readonly address: string;
  /** Milliseconds before each further try. */
  readonly waits: readonly number[];
  /** Milliseconds that an answer may take. */
  readonly timeout: number;
}

/** @throws {InputError} for an address that is none */
export function mlflowServer(address: string): MlflowServer {
  if (!/^https?:\/\/[^/@\s]+(\/\S*)?$/.test(address) || !URL.canParse(address)) {
    throw new InputError("this is no address of an MLflow server", {
      expected: "http://host:port or https://host, no name and password in it",
      actual: JSON.stringify(address),
    });
  }
  return { address: address.replace(/\/+$/, ""), waits: [300, 1500, 5000], timeout: 10_000 };
}

/** A request below `/api/2.0/mlflow/`: with a body it is posted, without it is got. */
export interface MlflowRequest {
  readonly path: string;
  readonly body?: object;
}

/**
 * Asks the REST interface of a server, again where it does not answer or fails itself. Who may write is said as MLflow's
 * own client has it: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
 * @throws {UnavailableError} when it never answers, or refuses
 */
export async function askMlflow<T>(server: MlflowServer, request: MlflowRequest): Promise<T> {
  for (let tries = 0; ; tries++) {
    const { answer, fault, isFinal = false } = await askOnce<T>(server, request);
    if (fault === undefined) return answer as T;
    if (isFinal || tries >= server.waits.length) {
      throw new UnavailableError(`MLflow at ${server.address} does not take what is sent`, { actual: fault });
    }
    await sleep(server.waits[tries]);
  }
}

/** An answer, or why there is none, and whether asking again is of no use. */
interface Asked<T> {
  readonly answer?: T;
  readonly fault?: string;
  readonly isFinal?: boolean;
}

async function askOnce<T>({ address, timeout }: MlflowServer, { path, body }: MlflowRequest): Promise<Asked<T>> {
  try {
    const answer = await fetch(`${address}/api/2.0/mlflow/${path}`, {
      headers: { "content-type": "application/json", ...authorization() },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeout),
    });
    if (answer.ok) return { answer: (await answer.json()) as T };
    const fault = `${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`;
    return { fault, isFinal: answer.status < 500 && answer.status !== 429 };
  } catch (cause) {
    const { message, cause: deeper } = cause as Error; // fetch says "fetch failed", and why in the cause
    return { fault: `${path}: ${deeper instanceof Error ? deeper.message : message}` };
  }
}

function authorization(): Record<string, string> {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: name, MLFLOW_TRACKING_PASSWORD: word } = process.env;
  if (token) return { authorization: `Bearer ${token}` };
  if (name && word) return { authorization: `Basic ${Buffer.from(`${name}:${word}`).toString("base64")}` };
  return {};
}
