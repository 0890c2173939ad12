import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { KERNEL_NAME, KERNEL_TITLE, writeKernelSpec } from "../../src/kernel/kernel-spec.js";

let data: string;

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "hashbook-spec-"));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe("writeKernelSpec", () => {
  it("describes the kernel by paths that are there, whatever the folder it is started in", async () => {
    const folder = await writeKernelSpec(data);
    expect(folder).toBe(join(data, "kernels", "hashbook"));
    const { argv, ...rest } = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    expect(argv[0]).toBe(process.execPath);
    expect(argv.at(-1)).toBe("{connection_file}");
    const files = argv.slice(0, -1).filter(isAbsolute);
    expect(files.length).toBe(2);
    expect(files.filter((file: string) => !existsSync(file))).toEqual([]);
    expect(rest).toEqual({
      display_name: "TypeScript (hashbook)",
      language: "typescript",
      interrupt_mode: "message",
    });
  });

  it("brings the logos Jupyter looks for, in their sizes", async () => {
    const folder = await writeKernelSpec(data);
    const sizes = [32, 64].map(async size => {
      const { format, width, height } = await sharp(join(folder, `logo-${size}x${size}.png`)).metadata();
      return { format, width, height };
    });
    expect(await Promise.all(sizes)).toEqual([32, 64].map(size => ({ format: "png", width: size, height: size })));
    expect(readFileSync(join(folder, "logo-svg.svg"), "utf8")).toContain("<svg");
  });
});

describe("the notebooks", () => {
  const folders = ["notebooks", join("templates", "study")].map(folder => join(packageFolder, folder));
  const files = folders.flatMap(folder =>
    readdirSync(folder)
      .filter(name => name.endsWith(".ipynb"))
      .map(name => join(folder, name)),
  );

  it.each(files)("%s names this kernel", file => {
    const { kernelspec } = JSON.parse(readFileSync(file, "utf8")).metadata;
    expect(kernelspec).toEqual({ display_name: KERNEL_TITLE, language: "typescript", name: KERNEL_NAME });
  });
});
