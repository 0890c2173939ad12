import { stat } from "node:fs/promises";
import { isAbsolute, join, posix } from "node:path";
import { InputError } from "../core/errors.js";

/** What stands before the paths of published lists on their authors' machines. */
const KNOWN_PREFIXES: readonly RegExp[] = [
  /^\/home\/caozhangjie\/run-czj\/dataset\/[^/]+\//, // thuml/HashNet, PyTorch
  /^(?:\.\/)?data\/[^/]+\//, // thuml/HashNet, Caffe, and its NUS-WIDE lists; CSQ without ./
];

/** Lists of COCO without folders (swuxyj, VDSSH) name files that lie in `train2014/` and `val2014/`. */
const COCO_NAME = /^COCO_((?:train|val)2014)_\d+\.jpg$/;

/** How paths of lists become paths below the folder of images. */
export interface PathRule {
  /** Taken away from the paths that begin so. */
  readonly prefixes: readonly string[];
  /** Whether names of COCO's images get their folder. */
  readonly cocoFolders: boolean;
}

/**
 * What is to be done with the paths of lists, from the first path of each: a prefix that was asked for, a known one
 * where no image lies under the path as written.
 * @param first as written, one a list
 */
export async function pathRule(
  first: readonly string[],
  { images, stripPrefix = [] }: { readonly images: string; readonly stripPrefix?: readonly string[] },
): Promise<PathRule> {
  const isThere = (path: string): Promise<boolean> =>
    stat(join(images, path)).then(
      () => true,
      () => false,
    );
  const prefixes = new Set(stripPrefix);
  let cocoFolders = false;
  for (const path of first) {
    if (stripPrefix.some(prefix => path.startsWith(prefix)) || (!isAbsolute(path) && (await isThere(path)))) continue;
    for (const known of KNOWN_PREFIXES) {
      const prefix = known.exec(path)?.[0];
      if (prefix !== undefined) prefixes.add(prefix);
    }
    cocoFolders ||= COCO_NAME.test(path) && (await isThere(withCocoFolder(path)));
  }
  // The longest first: ./data/coco/ before ./
  return { prefixes: [...prefixes].sort((a, b) => b.length - a.length), cocoFolders };
}

function withCocoFolder(path: string): string {
  return path.replace(COCO_NAME, "$1/$&");
}

/** A path below the folder of images, and the prefix it had. */
export interface RewrittenPath {
  readonly id: string;
  readonly prefix?: string;
}

/**
 * Applies a rule to a path.
 * @throws {InputError} for a path that leads out of the folder of images, naming file and line
 */
export function rewritePath(
  path: string,
  rule: PathRule,
  { file, line }: { file: string; line: number },
): RewrittenPath {
  const prefix = rule.prefixes.find(one => path.startsWith(one));
  const short = prefix === undefined ? path : path.slice(prefix.length);
  if (isAbsolute(short) && prefix === undefined) {
    throw new InputError(`line ${line} has an absolute path`, {
      file,
      expected: "paths below the folder of images; --strip-prefix takes away what stands before them",
      actual: path,
    });
  }
  const id = posix.normalize(short.replace(/^\/+/, ""));
  if (id === "." || id === ".." || id.startsWith("../")) {
    throw new InputError(`line ${line} leads out of the folder of images`, {
      file,
      expected: "paths below it",
      actual: path,
    });
  }
  return { id: rule.cocoFolders ? withCocoFolder(id) : id, ...(prefix === undefined ? {} : { prefix }) };
}

/** Up to this many parts of a path are taken away in search of its image. */
const DEEPEST = 8;

/** The prefix without which the image of a path is there; undefined when none is. */
export async function prefixThatHelps(path: string, images: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (let taken = 1; taken < Math.min(parts.length, DEEPEST); taken++) {
    const found = await stat(join(images, ...parts.slice(taken))).catch(() => undefined);
    if (found?.isFile()) return `${parts.slice(0, taken).join("/")}/`;
  }
  return undefined;
}
