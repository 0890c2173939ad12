import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Makes files in a fresh copy of the fixture, or damages some of it. */
export type Damage = (folder: string) => Promise<void>;

/** A command line with something wrong in it or in a file that it reads. */
export interface BadInput {
  /** Words parted by blanks; `@/` stands for the folder of the fixture. */
  readonly args: string;
  /** 1 for files and what they hold, 2 for flags. */
  readonly code: 1 | 2;
  /** What the message must say: the file or flag, the value, what was expected. */
  readonly says: RegExp;
  /** Default: the fixture as it is. */
  readonly damage?: Damage;
  /** What is damaged, for the name of the test. */
  readonly what?: string;
}

/** Writes a file into the folder. */
export function put(name: string, content: string | Uint8Array): Damage {
  return async folder => {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  };
}

/** Sets fields of a JSON file, by their paths; undefined takes one away. */
export function set(name: string, fields: Readonly<Record<string, unknown>>): Damage {
  return async folder => {
    const file = join(folder, name);
    const document = JSON.parse(await readFile(file, "utf8"));
    for (const [path, value] of Object.entries(fields)) {
      const names = path.split(".");
      const last = names.pop()!;
      names.reduce((object, key) => object[key], document)[last] = value;
    }
    await writeFile(file, JSON.stringify(document));
  };
}

/** Cuts a file after a part of its bytes. */
export function cut(name: string, part: number): Damage {
  return async folder => {
    const file = join(folder, name);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * part)));
  };
}
