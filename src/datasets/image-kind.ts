// What a file is by its first bytes: names lie (a HEIC photograph called .jpg, a JPEG called .jfif).

/** Kinds of image files that are decoded, in words for messages. */
export const DECODED_KINDS: string = "JPEG, PNG, WebP, GIF, TIFF or AVIF";

/** Bytes from the start of a file that {@link imageKind} looks at. */
export const KIND_BYTES: number = 512;

/** What a file is. */
export interface ImageKind {
  /** In words that follow "this is": `a JPEG image`, `a HEIC image`, `no image`. */
  readonly name: string;
  /** Whether it is decoded here. */
  readonly decoded: boolean;
}

type Test = (bytes: Uint8Array) => boolean;

/** The bytes at `at`, one letter a byte. */
function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

const startsWith =
  (...starts: readonly string[]): Test =>
  bytes =>
    starts.some(start => textAt(bytes, 0, start.length) === start);

const isRiff =
  (form: string): Test =>
  bytes =>
    textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === form;

/** ISO base media (ISO/IEC 14496-12): an `ftyp` box of a main brand, a version, and other brands. */
const hasBrand =
  (...wanted: readonly string[]): Test =>
  bytes => {
    if (textAt(bytes, 4, 4) !== "ftyp") return false;
    const end = Math.min(bytes.length, (bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
    const brands = [textAt(bytes, 8, 4)];
    for (let at = 16; at + 4 <= end; at += 4) brands.push(textAt(bytes, at, 4));
    return brands.some(brand => wanted.includes(brand));
  };

/** A drawing in XML, after a byte-order mark, a declaration and comments, where there are such. */
const isSvg: Test = bytes => /^(\xef\xbb\xbf)?\s*<(svg|[?!][\s\S]*<svg)\b/.test(textAt(bytes, 0, KIND_BYTES));

/** The first that fits counts. */
const KINDS: readonly (readonly [name: string, decoded: boolean, test: Test])[] = [
  ["a JPEG image", true, startsWith("\xff\xd8")],
  ["a PNG image", true, startsWith("\x89PNG\r\n\x1a\n")],
  ["a WebP image", true, isRiff("WEBP")],
  ["a GIF image", true, startsWith("GIF87a", "GIF89a")],
  ["a camera's raw file", false, bytes => textAt(bytes, 0, 4) === "II*\0" && textAt(bytes, 8, 2) === "CR"],
  ["a TIFF image", true, startsWith("II*\0", "MM\0*", "II+\0", "MM\0+")],
  ["an AVIF image", true, hasBrand("avif", "avis")],
  ["a HEIC image", false, hasBrand("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1")],
  ["a film", false, bytes => textAt(bytes, 4, 4) === "ftyp" || isRiff("AVI ")(bytes)],
  ["a BMP image", false, bytes => textAt(bytes, 0, 2) === "BM" && textAt(bytes, 6, 4) === "\0\0\0\0"],
  ["a JPEG 2000 image", false, startsWith("\0\0\0\x0cjP  ", "\xff\x4f\xff\x51")],
  ["a JPEG XL image", false, startsWith("\0\0\0\x0cJXL ", "\xff\x0a")],
  ["a Photoshop file", false, startsWith("8BPS")],
  ["an OpenEXR image", false, startsWith("v/1\x01")],
  ["an icon", false, startsWith("\0\0\x01\0")],
  ["a PDF document", false, startsWith("%PDF")],
  ["a PNM image", false, bytes => /^P[1-7]\s/.test(textAt(bytes, 0, 3))],
  ["an SVG drawing, which has no pixels of its own", false, isSvg],
];

/** Raw files of cameras are TIFF by their first bytes; what a TIFF reader finds in them is a small preview. */
const CAMERA_RAW = /\.(dng|nef|nrw|arw|sr2|orf|pef|rw2|srw|3fr|cr2|iiq|dcr|kdc|mos|erf)$/i;

/**
 * What a file is.
 * @param bytes its first ones, {@link KIND_BYTES} where it has so many
 * @param name of the file, where there is one; it only tells cameras' raw files from TIFF
 */
export function imageKind(bytes: Uint8Array, name: string = ""): ImageKind {
  const found = KINDS.find(([, , test]) => test(bytes));
  if (found === undefined) return { name: "no image", decoded: false };
  const [kind, decoded] = found;
  if (kind === "a TIFF image" && CAMERA_RAW.test(name)) return { name: "a camera's raw file", decoded: false };
  return { name: kind, decoded };
}
