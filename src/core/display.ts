import { inspect } from "node:util";
import { InputError } from "./errors.js";
import type { MimeBundle } from "./mime-bundle.js";

/** How values of a kind show themselves as the last one of a cell, and by `show`. */
export interface Display<T = unknown> {
  /** Names the kind, for example "figure"; a second display of the name takes the place of the first. */
  readonly name: string;
  /** Whether a value is of the kind; asked of every value that is shown, so it should look at few properties. */
  is(value: unknown): value is T;
  /** By MIME type: text as text, JSON as a value, pictures as their bytes or base64. `text/plain` is added where it lacks. */
  mime(value: T): MimeBundle | Promise<MimeBundle>;
}

/** What a value shows of itself. */
export interface DisplayedValue {
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

/** What an object shows of itself, by a method of this name: the convention that Deno's kernel set and libraries follow. */
const JUPYTER_DISPLAY = Symbol.for("Jupyter.display");

/** Registered, because kernel and cells may each have loaded a copy of this library. */
const DISPLAYS = Symbol.for("hashbook.displays");

type Displays = Map<string, Display>;

function displays(): Displays {
  const global = globalThis as { [DISPLAYS]?: Displays };
  if (global[DISPLAYS] === undefined) Object.defineProperty(global, DISPLAYS, { value: new Map() });
  return global[DISPLAYS] as Displays;
}

/**
 * Tells how values of a kind of one's own show themselves: as the last one of a cell, and by `show`. Of several that
 * take a value the one registered last is asked, so that ours can be replaced too.
 *
 * `registerDisplay({ name: "point", is: (v): v is Point => v instanceof Point, mime: p => ({ "text/html": "…" }) })`
 * @throws {InputError} when it is no display
 */
export function registerDisplay<T>(display: Display<T>): void {
  const { name, is, mime } = display;
  if (typeof name !== "string" || name === "" || typeof is !== "function" || typeof mime !== "function") {
    throw new InputError("this is no display", {
      expected: "{ name, is(value), mime(value) }: a text and two functions",
      actual: `name ${inspect(name)}, is ${typeof is}, mime ${typeof mime}`,
    });
  }
  displays().set(name, display as Display);
}

/** Whether there is a display of a name. */
export function hasDisplay(name: string): boolean {
  return displays().has(name);
}

/** A way to show one value, with a name for messages. */
interface Shower {
  readonly name: string;
  mime(): unknown;
}

/**
 * The bundle by which a value shows itself: its own method under `Symbol.for("Jupyter.display")`, else the display of its
 * kind, else what `util.inspect` says. `text/plain` is always among it. Never throws: of a display that fails the text
 * says so.
 */
export async function displayOf(value: unknown): Promise<DisplayedValue> {
  let shower: Shower | undefined;
  try {
    shower = showerOf(value);
    if (shower === undefined) return plainly(value);
    const data = plainBundle(await shower.mime());
    return { data: "text/plain" in data ? data : { ...data, "text/plain": inspectedText(value) }, metadata: {} };
  } catch (error) {
    return plainly(value, `(${shower?.name ?? "its display"} failed: ${faultText(error)})`);
  }
}

function showerOf(value: unknown): Shower | undefined {
  if (value === null || value === undefined) return undefined;
  const own = (value as { [JUPYTER_DISPLAY]?: unknown })[JUPYTER_DISPLAY];
  if (typeof own === "function")
    return { name: 'its method Symbol.for("Jupyter.display")', mime: () => own.call(value) };
  const display = [...displays().values()].reverse().find(one => takes(one, value));
  return display === undefined ? undefined : { name: `the display "${display.name}"`, mime: () => display.mime(value) };
}

/** A question that throws, as at a value with getters that do, is answered. */
function takes(display: Display, value: unknown): boolean {
  try {
    return display.is(value);
  } catch {
    return false;
  }
}

function plainly(value: unknown, note?: string): DisplayedValue {
  const text = inspectedText(value);
  return { data: { "text/plain": note === undefined ? text : `${text}\n${note}` }, metadata: {} };
}

/** Longest text of a value, in characters: more helps nobody and stays in the notebook. */
const LONGEST = 20_000;

/** What `util.inspect` says of a value, or that it fails; long lists and texts are cut. */
export function inspectedText(value: unknown): string {
  try {
    const text = inspect(value, { maxArrayLength: 50, maxStringLength: 10_000 });
    return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}\n… ${text.length - LONGEST} more characters`;
  } catch (error) {
    return `a value that cannot be inspected: ${faultText(error)}`;
  }
}

function faultText(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return "an error without a text";
  }
}

/**
 * A bundle as it can be sent: text as it is, bytes as base64, all else as what JSON keeps of it.
 * @throws {TypeError} when it is no bundle
 */
function plainBundle(bundle: unknown): MimeBundle {
  if (typeof bundle !== "object" || bundle === null || Array.isArray(bundle)) {
    throw new TypeError(`expected an object of MIME types, found ${inspect(bundle, { depth: 0 })}`);
  }
  const data: MimeBundle = {};
  for (const [type, content] of Object.entries(bundle)) {
    if (!type.includes("/")) throw new TypeError(`"${type}" is no MIME type`);
    if (content === undefined || content === null) continue;
    data[type] = plainContent(content);
  }
  return data;
}

function plainContent(content: unknown): unknown {
  if (typeof content === "string") return content;
  if (content instanceof Uint8Array) {
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
  }
  return JSON.parse(JSON.stringify(content));
}
