import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { BusboyInstance } from "@fastify/busboy";
import { Busboy } from "@fastify/busboy";
import { Refusal } from "./refusal.js";

/** Of a body that is too large, so many times what is allowed is read and dropped, so that its sender hears why. */
const DROPPED = 4;

/** What is said of a form that comes whole and ends within its file. */
const ENDS_EARLY = "it ends within its file";
/** Milliseconds after a form has come within which it is read. */
const FORM_PATIENCE = 1000;

/** Bytes of bodies that are held at a time. */
export class BodyBudget {
  private bytes: number = 0;

  /** @param most bytes, of all requests together */
  constructor(private readonly most: number) {}

  /** Bytes that are held now. */
  get held(): number {
    return this.bytes;
  }

  /** What one request holds, to be released when it is answered. */
  open(): HeldBytes {
    let own = 0;
    let isOpen = true;
    return {
      add: bytes => {
        if (!isOpen) return; // what comes after the end is dropped
        if (this.bytes + bytes > this.most) {
          throw new Refusal("busy", "the service holds as many uploads as it may; ask again in 1 s", 1);
        }
        own += bytes;
        this.bytes += bytes;
      },
      release: () => {
        isOpen = false;
        this.bytes -= own;
        own = 0;
      },
    };
  }
}

/** Bytes that a request holds. */
export interface HeldBytes {
  /** @throws {Refusal} busy, when all requests together hold too many */
  add(bytes: number): void;
  release(): void;
}

/** How a body is read. */
export interface BodyOptions {
  /** Bytes of a picture at most. */
  readonly limit: number;
  readonly held: HeldBytes;
  /** What is said when it does not come to its end. Default: that its sender was too slow, or went away. */
  readonly onGone?: () => Refusal;
}

/**
 * The whole of a body.
 * @throws {Refusal} too-large; busy when there is no room for it; timeout when its sender went away
 */
export function readBody(body: Readable, { limit, held, onGone = bodyGone }: BodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] | undefined = [];
    let length = 0;
    body.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) chunks = undefined;
      if (length > DROPPED * limit) reject(tooLarge(limit));
      if (chunks === undefined) return;
      try {
        held.add(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        chunks = undefined;
        reject(error);
      }
    });
    body.on("end", () => (chunks === undefined ? reject(tooLarge(limit)) : resolve(Buffer.concat(chunks, length))));
    const gone = (): void => reject(onGone());
    body.on("error", gone).on("close", gone); // after the end these are too late to matter
  });
}

/**
 * The picture of a form with one file.
 * @throws {Refusal} no-picture when the form has none or is damaged; as {@link readBody}
 */
export function readForm(body: Readable, headers: IncomingHttpHeaders, options: BodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuseForm = (why: string): void => reject(badForm(why));
    let form: BusboyInstance;
    try {
      form = new Busboy({
        headers: headers as { "content-type": string },
        limits: { files: 1, fields: 0, parts: 2, headerPairs: 32, fieldNameSize: 100, fileSize: 2 * options.limit },
      });
    } catch (error) {
      body.resume();
      refuseForm((error as Error).message);
      return;
    }
    let isWhole = false;
    body.once("end", () => {
      isWhole = true;
    });
    let picture: Promise<Buffer> | undefined;
    form.on("file", (_, file) => {
      picture = readBody(file, { ...options, onGone: () => (isWhole ? badForm(ENDS_EARLY) : bodyGone()) });
      picture.catch(reject);
    });
    form.on("error", (error: unknown) => {
      body.unpipe(form);
      body.resume();
      refuseForm((error as Error).message);
    });
    form.on("finish", () => {
      if (picture === undefined) refuseForm("it has no file");
      else picture.then(resolve, reject);
    });
    const gone = (): void => {
      if (!isWhole) reject(new Refusal("timeout", "the form did not come to its end"));
      else setTimeout(() => refuseForm(ENDS_EARLY), FORM_PATIENCE).unref(); // too late to matter where all is well
    };
    body.on("error", gone).on("close", gone);
    body.pipe(form);
  });
}

const bodyGone = (): Refusal => new Refusal("timeout", "the body did not come to its end");

function badForm(why: string): Refusal {
  const expected = "expected multipart/form-data with one file field, of any name";
  return new Refusal("no-picture", `this form cannot be read: ${why}; ${expected}`);
}

function tooLarge(limit: number): Refusal {
  return new Refusal("too-large", `this picture has too many bytes; expected at most ${limit}: send a smaller copy`);
}
