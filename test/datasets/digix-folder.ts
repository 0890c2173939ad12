import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Files by path; a folder ends in a slash. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes files below a folder. Images are not decoded where a dataset is opened: any content will do. */
export async function writeFiles(root: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(path.endsWith("/") ? join(root, path) : dirname(join(root, path)), { recursive: true });
    if (!path.endsWith("/")) await writeFile(join(root, path), content);
  }
}

/** A sound DIGIX of five products, the last of which has no images. */
export function soundDigix(): Record<string, string | Uint8Array> {
  const files: Record<string, string | Uint8Array> = { "train_data/DIGIX_000004/": "" };
  const lines: string[] = [];
  for (let product = 0; product < 4; product++) {
    for (const name of ["B7", "A1", "C0"].slice(0, 3 - (product % 2))) {
      const path = `DIGIX_00000${product}/${name}X${product}.jpg`;
      files[`train_data/${path}`] = path;
      lines.push(`${path},${product}`);
    }
  }
  files["train_data/label.txt"] = `${lines.reverse().join("\n")}\n`;
  for (const part of ["A", "B"]) {
    for (const name of ["Q2", "Q1"]) files[`test_data_${part}/query/${name}.jpg`] = `${part} ${name}`;
    for (const name of ["G3", "G1", "G2"]) files[`test_data_${part}/gallery/${name}.jpg`] = `${part} ${name}`;
  }
  return files;
}
