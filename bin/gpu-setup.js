#!/usr/bin/env node
// Builds the native binding of @tensorflow/tfjs-node-gpu against a TensorFlow that is on this machine, since the library
// its own installer downloads (2.9, CUDA 11.2) knows no current GPU.
//
//   npm run gpu:setup                                       TensorFlow of the Python called python3
//   npm run gpu:setup -- --python .venv/bin/python          of another Python: pip install "tensorflow[and-cuda]"
//   npm run gpu:setup -- --libtensorflow /opt/libtensorflow an unpacked libtensorflow archive (include/ and lib/)
//
// Where hashbook is installed as a package, `npx hashbook-gpu-setup` does the same, after
// `npm install --ignore-scripts --save-exact @tensorflow/tfjs-node-gpu@4.22.0`.
//
// Needs g++ and the headers of Node, which lie beside node or come with: npm install --no-save node-api-headers
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);

function fail(message) {
  process.stderr.write(`gpu:setup: ${message}\n`);
  process.exit(1);
}

/** Include folder, library folder and linker arguments of the TensorFlow installed in a Python environment. */
function fromPython(python) {
  const code = "import importlib.util as u; print(u.find_spec('tensorflow').submodule_search_locations[0])";
  const found = spawnSync(python, ["-c", code], { encoding: "utf8" });
  if (found.error) fail(`${python} does not start: ${found.error.message}; name one with --python PATH`);
  if (found.status !== 0) {
    fail(
      `${python} has no TensorFlow; run ${python} -m pip install "tensorflow[and-cuda]" (or tensorflow-cpu), or name ` +
        "another Python with --python PATH",
    );
  }
  const folder = found.stdout.trim();
  // By file name, because wheels hold no unversioned links. The C API is in libtensorflow_cc.
  return {
    include: join(folder, "include"),
    lib: folder,
    link: ["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
  };
}

function fromArchive(folder) {
  return {
    include: join(folder, "include"),
    lib: join(folder, "lib"),
    link: ["-ltensorflow", "-ltensorflow_framework"],
  };
}

/** The folder that holds node_api.h. */
function nodeHeaders() {
  const places = [join(dirname(process.execPath), "..", "include", "node"), "/usr/include/node"];
  try {
    places.push(require("node-api-headers").include_dir);
  } catch {}
  const place = places.find(folder => existsSync(join(folder, "node_api.h")));
  return place ?? fail("the headers of Node are not here; run npm install --no-save node-api-headers");
}

/** The package.json of @tensorflow/tfjs-node-gpu. */
function tfjsNodeGpu() {
  try {
    return require.resolve("@tensorflow/tfjs-node-gpu/package.json");
  } catch {
    return fail("first: npm install --ignore-scripts --save-exact @tensorflow/tfjs-node-gpu@4.22.0");
  }
}

function main() {
  const { values } = parseArgs({ options: { python: { type: "string" }, libtensorflow: { type: "string" } } });
  if (process.platform !== "linux") fail("TensorFlow has CUDA on Linux only (on Windows: in WSL)");
  const { include, lib, link } = values.libtensorflow
    ? fromArchive(resolve(values.libtensorflow))
    : fromPython(values.python ?? "python3");
  if (!existsSync(join(include, "tensorflow/c/eager/c_api.h"))) fail(`no tensorflow/c/eager/c_api.h in ${include}`);
  const folder = dirname(tfjsNodeGpu());
  const napi = Math.min(8, Number(process.versions.napi));
  const target = join(folder, "lib", `napi-v${napi}`, "tfjs_binding.node");
  const partial = `${target}.partial`;
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map(name => join(folder, "binding", name));
  const flags = ["-O2", "-shared", "-fPIC", "-std=c++17", `-DNAPI_VERSION=${napi}`];
  const includes = [nodeHeaders(), include, join(folder, "binding")].map(place => `-I${place}`);
  mkdirSync(dirname(target), { recursive: true });
  process.stdout.write(`compiling against ${lib}\n`);
  const libraries = [`-L${lib}`, `-Wl,-rpath,${lib}`, ...link];
  const compiled = spawnSync("g++", [...flags, ...includes, ...sources, "-o", partial, ...libraries], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (compiled.error) fail(`g++ does not start: ${compiled.error.message}`);
  if (compiled.status !== 0) fail("g++ failed; its messages are above");
  renameSync(partial, target);
  try {
    process.stdout.write(execFileSync(process.execPath, ["-e", CHECK], { cwd: import.meta.dirname, encoding: "utf8" }));
  } catch (error) {
    rmSync(target);
    fail(`the binding was built but does not run, and was removed: ${error.stderr ?? error.message}`);
  }
}

/** Multiplies two matrices on the new binding. */
const CHECK = `
  const util = require("node:util");
  util.isNullOrUndefined ??= value => value === null || value === undefined;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  const tf = require("@tensorflow/tfjs-node-gpu");
  const [product] = tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync();
  if (product !== 3) throw new Error("1·3 ones times 3·1 ones gave " + product);
  const backend = tf.backend();
  console.log("built: TensorFlow " + backend.binding.TF_Version + ", " + (backend.isUsingGpuDevice ? "on the GPU" : "on the processor (no CUDA GPU was found)"));
`;

main();
