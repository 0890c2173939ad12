import type { Answer, Examples, Order, Service } from "./answers.js";
import { failureOf, noAnswer, ServiceFailure } from "./service-failure.js";
import { TokenStore } from "./token-store.js";

/** What one list of results is asked by. */
export interface Question {
  readonly model: string;
  readonly order: Order;
  readonly k: number;
  readonly radius: number | undefined;
  /** A row of the gallery, or a picture of one's own. */
  readonly of: number | Blob;
}

/** Where questions about a token and about waiting go. */
export interface Asking {
  /** Asks for the token. @param isWrong whether one was given and refused @returns undefined when none is given */
  token(isWrong: boolean): Promise<string | undefined>;
  /** Is told how long it is waited until the question is put again. */
  waiting(seconds: number, message: string): void;
}

/** Times that a busy service is asked again. */
const MOST_RETRIES = 8;

/** The service's API, with the token where one is needed and patience where the service is busy. */
export class ServiceClient {
  private readonly token = new TokenStore();

  constructor(private readonly asking: Asking) {}

  async service(): Promise<Service> {
    if (this.token.get() !== null) await this.openSession();
    return this.json<Service>("/api/service");
  }

  examples(count: number): Promise<Examples> {
    return this.json<Examples>(`/api/examples?count=${count}`);
  }

  search({ model, order, k, radius, of }: Question, signal: AbortSignal): Promise<Answer> {
    const words = new URLSearchParams({ model, order, k: `${k}` });
    if (radius !== undefined) words.set("radius", `${radius}`);
    if (typeof of === "number") {
      words.set("row", `${of}`);
      return this.json<Answer>(`/api/search?${words}`, { signal });
    }
    const headers = { "content-type": of.type || "application/octet-stream" };
    return this.json<Answer>(`/api/search?${words}`, { method: "POST", body: of, headers, signal });
  }

  private async json<Kind>(address: string, request: RequestInit = {}): Promise<Kind> {
    const response = await this.send(address, request);
    try {
      return (await response.json()) as Kind;
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw new ServiceFailure("The service's answer could not be read. Is it a hashbook service?", response.status);
    }
  }

  /** Sends a request until it is answered: again with a token when one is wanted, again later when the service is busy. */
  private async send(address: string, request: RequestInit): Promise<Response> {
    for (let retries = 0; ; ) {
      const token = this.token.get();
      const response = await this.attempt(address, request, token);
      if (response.ok) return response;
      const failure = await failureOf(response);
      if (failure.status === 401) {
        await this.askToken(token, failure);
      } else if (failure.retryAfter !== undefined && retries++ < MOST_RETRIES) {
        this.asking.waiting(failure.retryAfter, failure.message);
        await pause(failure.retryAfter, request.signal ?? undefined);
      } else {
        throw failure;
      }
    }
  }

  private async attempt(address: string, request: RequestInit, token: string | null): Promise<Response> {
    const headers = new Headers(request.headers);
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    try {
      return await fetch(address, { ...request, headers });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw noAnswer();
    }
  }

  private async askToken(refused: string | null, failure: ServiceFailure): Promise<void> {
    // Another request may have asked meanwhile.
    if (this.token.get() !== refused) return;
    const token = await this.asking.token(refused !== null);
    if (token === undefined) throw failure;
    this.token.set(token);
    await this.openSession();
  }

  /** Has the token's place taken by a cookie where an address alone asks: for pictures. A wrong token is told later. */
  private async openSession(): Promise<void> {
    await this.attempt("/api/session", { method: "POST" }, this.token.get());
  }
}

function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
