import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { packageFolder } from "../core/paths.js";

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** A strong one. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

const WITHOUT_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>hashbook</title></head>
<body><main><h1>hashbook serve</h1>
<p>The service runs. Its page is not among the files of this installation; its interface is described by
<a href="/openapi.json">openapi.json</a>.</p></main></body></html>
`;

/**
 * The files of the page by their addresses, read once: nothing else can be asked for. The page itself is `/`, all others
 * `/assets/NAME`.
 * @param folder of the built page. Default: that of this package
 */
export async function readPageFiles(
  folder: string = join(packageFolder, "lib", "service", "page"),
): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  const files = new Map<string, PageFile>([["/", pageFile(TYPES[".html"], Buffer.from(WITHOUT_PAGE))]]);
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined || name.endsWith(".d.ts")) continue;
    const address = name === "index.html" ? "/" : `/assets/${name.replaceAll("\\", "/")}`;
    files.set(address, pageFile(type, await readFile(join(folder, name))));
  }
  return files;
}

function pageFile(type: string, bytes: Buffer): PageFile {
  return { type, bytes, etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
}
