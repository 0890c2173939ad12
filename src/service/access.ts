import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Refusal } from "./refusal.js";

/** What of a request says who asks. */
export interface AskingHeaders {
  readonly authorization?: string;
  readonly cookie?: string;
  readonly host?: string;
  /** Set by browsers: "cross-site" where another site's page asks. */
  readonly "sec-fetch-site"?: string | string[];
}

/** Names under which a machine calls itself. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Who may ask: whoever knows the token, where there is one; and no other site's page. */
export class Access {
  /** Made anew by each process, so that sessions end with it. */
  private readonly key: Buffer = randomBytes(32);
  private readonly session: string;
  /** Another for each process: cookies go by the machine's name, whatever the port. */
  private readonly cookieName: string;

  /**
   * @param token that must be given. Absent: none
   * @param isLoopback whether the service is reached by this machine's own names alone
   */
  constructor(
    private readonly token: string | undefined,
    private readonly isLoopback: boolean,
  ) {
    const textOf = (what: string): string => createHmac("sha256", this.key).update(what).digest("base64url");
    this.session = textOf("session");
    this.cookieName = `hashbook-${textOf("name").slice(0, 8)}`;
  }

  get isTokenNeeded(): boolean {
    return this.token !== undefined;
  }

  /**
   * Refuses pages of other sites: those that call the service by a name of their own (a name that is made to mean this
   * machine), and those that a browser says are of another site.
   * @throws {Refusal} forbidden
   */
  checkSite(headers: AskingHeaders, method: string): void {
    const { host } = headers;
    if (this.isLoopback && host !== undefined && !LOOPBACK.test(host)) {
      throw new Refusal(
        "forbidden",
        `this service is called by another machine's name; expected Host localhost or 127.0.0.1 (--host NAME serves others)`,
      );
    }
    if (headers["sec-fetch-site"] === "cross-site" && method !== "GET") {
      throw new Refusal("forbidden", "the page of another site asks; expected this service's own page, or a program");
    }
  }

  /** @throws {Refusal} token, when it is needed and neither header nor cookie has it */
  checkToken({ authorization, cookie }: AskingHeaders): void {
    if (this.token === undefined || this.isBearer(authorization) || this.hasSession(cookie)) return;
    throw new Refusal("token", "this service needs its token; expected the header Authorization: Bearer TOKEN");
  }

  /** @throws {Refusal} token, when the header has not the token; a cookie does not make another */
  checkBearer({ authorization }: AskingHeaders): void {
    if (this.token === undefined || this.isBearer(authorization)) return;
    throw new Refusal("token", "this is not the service's token; expected the header Authorization: Bearer TOKEN");
  }

  /** The value of a cookie that is taken instead of the token: for pictures, which a page asks for without headers. */
  sessionCookie(): string {
    return `${this.cookieName}=${this.session}; Path=/api; HttpOnly; SameSite=Strict`;
  }

  private isBearer(header: string | undefined): boolean {
    const [, given] = /^Bearer +(\S+) *$/i.exec(header ?? "") ?? [];
    return given !== undefined && this.isSame(given, this.token!);
  }

  private hasSession(header: string | undefined): boolean {
    const given = (header ?? "").split(";").map(part => part.trim().split("="));
    return given.some(
      ([name, value]) => name === this.cookieName && value !== undefined && this.isSame(value, this.session),
    );
  }

  /** Takes the same time wherever they differ, and whatever their lengths are. */
  private isSame(one: string, other: string): boolean {
    const [a, b] = [one, other].map(text => createHmac("sha256", this.key).update(text).digest());
    return timingSafeEqual(a, b);
  }
}

/** Whether an address is reached from this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "::1" || LOOPBACK.test(host);
}
