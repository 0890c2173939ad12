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
 * What is to be done with the paths of lists, from the first ones of each: a prefix that was asked for is taken away, and
 * a known one unless these images lie under the path as written.
 * @param first as written, some of each list: one image may be missing
 */
export async function pathRule(
  first: readonly string[],
  { images, stripPrefix = [] }: { readonly images: string; readonly stripPrefix?: readonly string[] },
): Promise<PathRule> {
  const isThere = async (path: string): Promise<number> => {
    const found = await stat(join(images, path)).catch(() => undefined);
    return found === undefined ? 0 : 1;
  };
  const asked = longestFirst(stripPrefix);
  /** Of each known prefix: how many of these images are there with it, and without it. */
  const there = new Map<string, { written: number; short: number }>();
  let cocoFolders = false;
  for (const path of first) {
    const given = asked.find(prefix => path.startsWith(prefix));
    const known = given === undefined ? knownPrefix(path) : undefined;
    const short = path.slice((given ?? known ?? "").length);
    if (known !== undefined) {
      const counts = there.get(known) ?? { written: 0, short: 0 };
      counts.written += isAbsolute(path) ? 0 : await isThere(path);
      counts.short += await isThere(short);
      there.set(known, counts);
    }
    cocoFolders ||= COCO_NAME.test(short) && !(await isThere(short)) && (await isThere(withCocoFolder(short))) === 1;
  }
  const known = [...there].filter(([, { written, short }]) => written === 0 || short > written);
  const prefixes = new Set([...stripPrefix, ...known.map(([prefix]) => prefix)]);
  return { prefixes: longestFirst([...prefixes]), cocoFolders };
}

/** ./data/coco/ before ./ */
function longestFirst(prefixes: readonly string[]): string[] {
  return [...prefixes].sort((a, b) => b.length - a.length);
}

function knownPrefix(path: string): string | undefined {
  return KNOWN_PREFIXES.map(known => known.exec(path)?.[0]).find(prefix => prefix !== undefined);
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
