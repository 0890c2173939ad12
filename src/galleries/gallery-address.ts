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
/** Seconds: a day. Timers of Node end at once where they are told to take more than 24. */
const LONGEST_TIMEOUT = 86_400;
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
  checkSecretWhole(url);
  const shown = withoutSecret(url);
  const bare = withoutSettings(shown);
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (scheme === undefined) {
    const expected = knownNames(name, Object.keys(SCHEMES));
    throw new InputError("no gallery can be had by this address", { file: bare, expected, actual: name });
  }
  const { engine } = scheme;
  const names = url.pathname.split("/").filter(part => part !== "");
  if (url.hostname === "" || names.length < 1 || names.length > 2) {
    throw new InputError("this address is not complete", { file: bare, expected: FORM });
  }
  for (const one of names) checkName(one, bare);
  const settings = settingsOf(url, shown);
  if (scheme.tls && settings.tls === 0) {
    throw new InputError("this address is with TLS and without", { file: shown, expected: `${engine}:// or no tls=0` });
  }
  const tls = scheme.tls || settings.tls === 1;
  const secret = secretOf(url, shown) ?? (environment[SECRET_VARIABLE] || undefined);
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

/** Refuses an address a part of whose password is read as something else, which messages would show. */
function checkSecretWhole({ pathname, search, hash, protocol }: URL): void {
  if (hash === "" && !`${pathname}${search}`.includes("@")) return;
  throw new InputError("this address has a # or, behind its host, an @", {
    file: `${protocol}//…`,
    expected: `${FORM}; in a password / is %2F, ? is %3F, # is %23, @ is %40; or the password in ${SECRET_VARIABLE}`,
  });
}

function secretOf({ username, password }: URL, file: string): string | undefined {
  if (username === "" && password === "") return undefined;
  try {
    const user = decodeURIComponent(username);
    return password === "" ? user : `${user}:${decodeURIComponent(password)}`;
  } catch {
    throw new InputError("user and password cannot be read", {
      file,
      expected: `% followed by two hexadecimal digits: % itself is %25; or both in ${SECRET_VARIABLE}`,
    });
  }
}

function checkName(name: string, file: string): void {
  if (NAME.test(name)) return;
  throw new InputError("this cannot be a name in an engine", {
    file,
    expected: "at most 200 letters, digits and underscores, no digit first",
    actual: name,
  });
}

/** Of an address with settings that are none: one of them may be a password. */
function withoutSettings(shown: string): string {
  return shown.split("?")[0];
}

/** Numbers behind the question mark. */
function settingsOf(url: URL, file: string): Readonly<Record<string, number | undefined>> {
  const settings: Record<string, number> = {};
  for (const [name, value] of url.searchParams) {
    if (!SETTINGS.includes(name)) {
      const expected = knownNames(name, SETTINGS);
      throw new InputError("no setting of an address", { file: withoutSettings(file), expected, actual: name });
    }
    const number = Number(value);
    const most = name === "timeout" ? LONGEST_TIMEOUT : Number.MAX_SAFE_INTEGER;
    const isRight =
      name === "tls" ? value === "0" || value === "1" : Number.isInteger(number) && number >= 1 && number <= most;
    if (!isRight) {
      const range = name === "timeout" ? `of 1 to ${most}` : "of 1 or more";
      const expected = name === "tls" ? "0 or 1" : `a whole number ${range}`;
      throw new InputError(`no value of ${name}`, { file, expected, actual: value });
    }
    settings[name] = number;
  }
  return settings;
}
