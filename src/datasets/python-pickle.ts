// Pickles of plain values and NumPy byte arrays. pickleparser is the machine that reads the opcodes; it is given none but
// the few functions below to call, none of which runs anything of Python's, so that a pickle can name no other.
import { BufferReader, Parser } from "pickleparser";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { HashbookError, InputError } from "../core/errors.js";

/** Reads by position, never backwards nor beyond the end, and bytes as what they are. */
class CheckedReader extends BufferReader {
  constructor(
    bytes: Uint8Array,
    private readonly file: string,
  ) {
    super(bytes);
  }

  override skip(offset: number): void {
    if (!(offset >= 0 && this.position + offset <= this.length)) {
      throw new InputError("this pickle is damaged or cut short", {
        file: this.file,
        expected: `${offset} more bytes from byte ${this.position} on`,
        actual: `${this.length - this.position}`,
      });
    }
    super.skip(offset);
  }

  /** Python 2's byte strings come back as one character a byte; the parser's own way would make some of them others. */
  override string(size: number, encoding: "ascii" | "utf-8"): string {
    const bytes = this.bytes(size);
    const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    return buffer.toString(encoding === "ascii" ? "latin1" : "utf8");
  }
}

/** An array's element type, as a pickle makes it. */
class ElementType {
  constructor(readonly name: string) {}
  /** Byte order and the like, which do not matter for bytes. */
  __setstate__(): void {}
}

/** An array of a pickle; NumPy makes an empty one, then sets its state. */
export class PickledArray implements NdArray<Uint8Array> {
  data: Uint8Array = new Uint8Array();
  shape: readonly number[] = [];

  __setstate__(state: unknown): void {
    const [, shape, type, columnMajor, bytes] = Array.isArray(state) ? state : [];
    fill(this, shape, type, columnMajor === true || columnMajor === 1, bytes);
  }
}

function fill(array: PickledArray, shape: unknown, type: unknown, columnMajor: boolean, content: unknown): void {
  const data = typeof content === "string" ? Buffer.from(content, "latin1") : content;
  const isShape = Array.isArray(shape) && shape.every(size => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || !(data instanceof Uint8Array) || data.length !== sizeOf(shape)) {
    throw new InputError("an array in this pickle is not whole", { expected: "as many bytes as its shape has places" });
  }
  if (!(type instanceof ElementType) || type.name !== "u1") {
    throw new InputError("an array in this pickle is of another type", {
      expected: "unsigned bytes (u1)",
      actual: type instanceof ElementType ? type.name : "none",
    });
  }
  array.shape = shape;
  array.data = columnMajor && shape.length === 2 ? rowMajor(data, shape[0], shape[1]) : data;
}

/** The same matrix with its rows one after the other. */
function rowMajor(data: Uint8Array, rows: number, columns: number): Uint8Array {
  const turned = new Uint8Array(data.length); // (rows, columns)
  for (let column = 0, at = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++, at++) turned[row * columns + column] = data[at];
  }
  return turned;
}

/** `_codecs.encode(text, "latin1")`: how Python 3 writes bytes for readers of protocol 2. */
function encode(text: unknown, encoding: unknown): Uint8Array {
  if (typeof text === "string" && encoding === "latin1") return Buffer.from(text, "latin1");
  throw new InputError("bytes in this pickle are in another encoding", { expected: "latin1" });
}

function fromBuffer(bytes: unknown, type: unknown, shape: unknown, order: unknown): PickledArray {
  const array = new PickledArray();
  fill(array, shape, type, order === "F", bytes);
  return array;
}

/** What the class of an array is named by; it is never called. */
function arrayClass(): never {
  throw new InputError("this pickle calls numpy.ndarray", { expected: "arrays as NumPy pickles them" });
}

type Callable = (...values: never[]) => unknown;

/** All that a pickle may name. NumPy 2 has put an underscore before `core`. */
const FUNCTIONS: ReadonlyMap<string, Callable> = new Map<string, Callable>([
  ["numpy ndarray", arrayClass],
  ["numpy dtype", (name: unknown) => new ElementType(String(name))],
  ["numpy.core.multiarray _reconstruct", () => new PickledArray()],
  ["numpy._core.multiarray _reconstruct", () => new PickledArray()],
  ["numpy.core.numeric _frombuffer", fromBuffer],
  ["numpy._core.numeric _frombuffer", fromBuffer],
  ["_codecs encode", encode],
]);

/**
 * The value of a pickle, of protocol 0 to 5, that holds plain values and NumPy arrays of unsigned bytes. Nothing in it is
 * executed. Dicts come as maps, tuples and lists as arrays, Python 2's strings with a character a byte, arrays as
 * {@link PickledArray}.
 * @param file for messages
 * @throws {InputError} for a damaged one, with the place; for one that names any other function or class
 */
export function readPickle(bytes: Uint8Array, file: string): unknown {
  const reader = new CheckedReader(bytes, file);
  const resolve = (module: string, name: string): Callable => {
    const known = FUNCTIONS.get(`${module} ${name}`);
    if (known !== undefined) return known;
    throw new InputError("this pickle names something to call, which is not done", {
      file,
      expected: "plain values and NumPy arrays alone",
      actual: `${module}.${name} before byte ${reader.position}`,
    });
  };
  try {
    return new Parser({ nameResolver: { resolve }, unpicklingTypeOfDictionary: "Map" }).read(reader);
  } catch (cause) {
    if (cause instanceof HashbookError && cause.file !== undefined) throw cause;
    throw new InputError("this pickle cannot be read", {
      file,
      expected: "a pickle of plain values and NumPy arrays",
      actual: `before byte ${reader.position}: ${(cause as Error).message}`,
      cause,
    });
  }
}
