import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** A field of a header, its bytes and value. */
type Field = readonly [bytes: 2 | 4, value: number];

function headerOf(...fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

/**
 * A .zip of stored files by APPNOTE.TXT 4.3, with whatever names: programs that zip refuse the ones a test needs.
 * @param part a folder of `folder`, its files by their paths from there
 * @param more files by any path
 */
export async function zipOf(
  folder: string,
  part: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const entries = await readdir(join(folder, part), { recursive: true, withFileTypes: true });
  const contents: (readonly [string, Buffer])[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    contents.push(entry.isFile() ? [name, await readFile(path)] : [`${name}/`, Buffer.alloc(0)]);
  }
  for (const [path, text] of Object.entries(more)) contents.push([path, Buffer.from(text)]);
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of contents) {
    const name = Buffer.from(path);
    const shared: Field[] = [
      [2, 20],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
    ];
    const local = Buffer.concat([headerOf([4, 0x04034b50], ...shared, [2, name.length], [2, 0]), name, content]);
    const rest: Field[] = [
      [2, name.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ];
    central.push(headerOf([4, 0x02014b50], [2, 20], ...shared, ...rest), name);
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const count = contents.length;
  const end = headerOf(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, directory.length],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...parts, directory, end]);
}
