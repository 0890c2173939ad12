import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";

/** Engines beyond our own that can hold a gallery. */
export type StoreEngine = "milvus" | "clickhouse";

/** Where a gallery is in an engine, and how it is reached. */
export interface GalleryAddress {
  readonly engine: StoreEngine;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** A namespace of the engine. Absent: its default one. */
  readonly database?: string;
  /** Milvus calls it a collection, ClickHouse a table. */
  readonly collection: string;
  /** `user:password`, or a key of Milvus. Never part of a message. Absent: none is sent. */
  readonly secret?: string;
  /** Seconds an answer may take. */
  readonly timeout: number;
  /** Lists of an inverted file that a search looks into. Absent: a tenth of them. */
  readonly probes?: number;
  /** The address for messages: without what is secret. */
  readonly text: string;
}

/** The environment variable of the secret, where the address has none. */
export const SECRET_VARIABLE: string = "HASHBOOK_GALLERY_TOKEN";

interface Scheme {
  readonly engine: StoreEngine;
  readonly tls: boolean;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  milvus: { engine: "milvus", tls: false },
  milvuss: { engine: "milvus", tls: true },
  clickhouse: { engine: "clickhouse", tls: false },
  clickhouses: { engine: "clickhouse", tls: true },
};

/** Ports that the engines listen at by default, without and with TLS. */
const PORTS: Readonly<Record<StoreEngine, readonly [plain: number, tls: number]>> = {
  milvus: [19530, 19530],
  clickhouse: [8123, 8443],
};

const FORM =
  "milvus://host:19530/collection or clickhouse://host:8123/table, an optional database before the last name";
const SETTINGS = ["tls", "timeout", "probes"];
/** What all engines take as a name; it stands in statements without quotes. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

/** Whether a text is the address of a gallery in an engine, of a known one or not, and not the path of a file. */
export function isGalleryAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/**
 * Reads `milvus://[user:password@]host[:port]/[database/]collection[?tls=1&timeout=60&probes=16]`, and the same of
 * `clickhouse://`. `milvuss://` and `clickhouses://` are `tls=1`.
 * @param environment where {@link SECRET_VARIABLE} is looked up
 * @throws {InputError} naming what is wrong with it
 */
export function galleryAddress(text: string, environment: NodeJS.ProcessEnv = process.env): GalleryAddress {
  const url = urlOf(text);
  const name = url.protocol.slice(0, -1);
  const shown = withoutSecret(url);
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (scheme === undefined) {
    const expected = knownNames(name, Object.keys(SCHEMES));
    throw new InputError("no gallery can be had by this address", { file: shown, expected, actual: name });
  }
  const { engine } = scheme;
  const names = url.pathname.split("/").filter(part => part !== "");
  if (url.hostname === "" || names.length < 1 || names.length > 2) {
    throw new InputError("this address is not complete", { file: shown, expected: FORM });
  }
  for (const one of names) checkName(one, shown);
  const settings = settingsOf(url, shown);
  const tls = scheme.tls || settings.tls === 1;
  const secret = secretOf(url) ?? (environment[SECRET_VARIABLE] || undefined);
  return {
    engine,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? PORTS[engine][tls ? 1 : 0] : Number(url.port),
    tls,
    collection: names[names.length - 1],
    timeout: settings.timeout ?? 60,
    text: shown,
    ...(names.length === 2 ? { database: names[0] } : {}),
    ...(secret === undefined ? {} : { secret }),
    ...(settings.probes === undefined ? {} : { probes: settings.probes }),
  };
}

function urlOf(text: string): URL {
  if (isGalleryAddress(text) && URL.canParse(text)) return new URL(text);
  // A text that is no address may still hold a password.
  throw new InputError("this is no address of a gallery", { expected: FORM, actual: text.replace(/\/\/.*@/, "//…@") });
}

function withoutSecret(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

function secretOf(url: URL): string | undefined {
  if (url.username === "") return undefined;
  const user = decodeURIComponent(url.username);
  return url.password === "" ? user : `${user}:${decodeURIComponent(url.password)}`;
}

function checkName(name: string, file: string): void {
  if (NAME.test(name)) return;
  throw new InputError("this cannot be a name in an engine", {
    file,
    expected: "at most 200 letters, digits and underscores, no digit first",
    actual: name,
  });
}

/** Numbers behind the question mark. */
function settingsOf(url: URL, file: string): Readonly<Record<string, number | undefined>> {
  const settings: Record<string, number> = {};
  for (const [name, value] of url.searchParams) {
    if (!SETTINGS.includes(name)) {
      const expected = knownNames(name, SETTINGS);
      throw new InputError("no setting of an address", { file, expected, actual: name });
    }
    const number = Number(value);
    const isRight = name === "tls" ? value === "0" || value === "1" : Number.isInteger(number) && number >= 1;
    if (!isRight) {
      const expected = name === "tls" ? "0 or 1" : "a whole number of 1 or more";
      throw new InputError(`no value of ${name}`, { file, expected, actual: value });
    }
    settings[name] = number;
  }
  return settings;
}
