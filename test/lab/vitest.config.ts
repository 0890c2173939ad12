// Real front ends: JupyterLab in a browser, nbclient, nbconvert, papermill. One file after the other: each fills the machine.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import main from "../../vitest.config.js";

const { exclude: _, include: __, ...test } = main.test ?? {};

export default defineConfig({
  test: {
    ...test,
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/lab/**/*.test.ts"],
    maxWorkers: 1,
  },
});
