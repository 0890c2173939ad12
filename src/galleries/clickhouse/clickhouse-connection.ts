import type { Abortable } from "../../core/abort.js";
import { checkAborted, onAbort } from "../../core/abort.js";
import { InputError, UnavailableError } from "../../core/errors.js";
import { connectionFault } from "../connection-fault.js";
import type { GalleryAddress } from "../gallery-address.js";
import { SECRET_VARIABLE } from "../gallery-address.js";

/** ClickHouse's number for a wrong user or password, in its answers. */
const AUTHENTICATION_FAILED = "516";

/** Statements of one ClickHouse, by its HTTP interface. */
export class ClickhouseConnection {
  private readonly headers: Readonly<Record<string, string>>;
  private readonly url: string;

  constructor(private readonly address: GalleryAddress) {
    const { host, port, tls, secret, database } = address;
    const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    // Answers are held back until they are whole: what goes wrong on the way is then an error, not a short answer.
    const settings = new URLSearchParams({ wait_end_of_query: "1", ...(database === undefined ? {} : { database }) });
    this.url = `${tls ? "https" : "http"}://${target}/?${settings}`;
    // Base64 of UTF-8: a header of its own takes neither all letters nor line ends, and an error would show it.
    const basic = secret === undefined ? undefined : Buffer.from(secret.includes(":") ? secret : `${secret}:`);
    this.headers = basic === undefined ? {} : { Authorization: `Basic ${basic.toString("base64")}` };
  }

  /**
   * Runs a statement.
   * @param data what follows an INSERT
   * @returns the bytes of the answer
   * @throws {UnavailableError} when it does not answer, or not in time, or to this user
   * @throws {InputError} when it refuses the statement
   */
  async run(statement: string, { signal, data }: Abortable & { readonly data?: Buffer } = {}): Promise<Buffer> {
    checkAborted(signal);
    const { headers, address } = this;
    const controller = new AbortController();
    const late = setTimeout(() => controller.abort("late"), 1000 * address.timeout);
    const forget = onAbort(signal, () => controller.abort());
    // A statement may be longer than an address: it is the body, but where that is data.
    const url = data === undefined ? this.url : `${this.url}&query=${encodeURIComponent(statement)}`;
    try {
      const body = data === undefined ? statement : new Uint8Array(data);
      const response = await fetch(url, { method: "POST", headers, body, signal: controller.signal });
      const answer = Buffer.from(await response.arrayBuffer());
      if (response.ok && !response.headers.has("X-ClickHouse-Exception-Code")) return answer;
      throw this.refusal(answer.toString("utf8"), response.status);
    } catch (cause) {
      checkAborted(signal);
      throw cause instanceof InputError || cause instanceof UnavailableError ? cause : this.fault(cause, controller);
    } finally {
      clearTimeout(late);
      forget();
    }
  }

  /** The answer to a statement with `FORMAT TSVRaw` that gives one value. */
  async value(statement: string, options: Abortable = {}): Promise<string> {
    return (await this.run(`${statement} FORMAT TSVRaw`, options)).toString("utf8").replace(/\n$/, "");
  }

  private refusal(text: string, status: number): Error {
    const { text: file } = this.address;
    const actual = text.split("\n")[0].slice(0, 500) || `status ${status}`;
    if (status === 401 || status === 403 || text.startsWith(`Code: ${AUTHENTICATION_FAILED}.`)) {
      const expected = `user:password in ${SECRET_VARIABLE} or before the host`;
      return new UnavailableError("ClickHouse refuses these credentials", { file, expected, actual });
    }
    return new InputError("ClickHouse refuses a statement", { file, actual });
  }

  private fault(cause: unknown, { signal }: AbortController): UnavailableError {
    const { text: file, timeout, host, port, tls } = this.address;
    if (signal.reason === "late") {
      const expected = `an answer within ${timeout} s; ?timeout=300 behind the address gives it more`;
      return new UnavailableError("ClickHouse did not answer in time", { file, expected, cause });
    }
    const expected = `its HTTP interface at ${host}, port ${port}, ${tls ? "with" : "without"} TLS`;
    const said = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
    const actual = connectionFault(said, "start it, or give its address");
    return new UnavailableError("no ClickHouse answers", { file, expected, actual, cause });
  }
}
