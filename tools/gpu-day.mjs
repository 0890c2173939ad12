// Packs a day on a GPU for a bare machine: node tools/gpu-day.mjs [--out gpu-day.tar.xz] [--piece MIB]
//
// The pack has all that Linux x64 with an NVIDIA (or any Vulkan) driver lacks: this Node, the built library with the
// modules it loads, onnxruntime with its WebGPU provider, Dawn, Debian's Vulkan loader with what NVIDIA's driver asks for,
// weights of EfficientNet-Lite0. There, without a network:
//
//     tar xJf gpu-day.tar.xz && sh gpu-day/start.sh --out RESULTS
//
// (or `python3 -m tarfile -e gpu-day.tar.xz`, where there is no xz). In less than eight minutes it finds the GPU, compares
// engines, times networks, training steps and rankings, each beside PyTorch and CuPy where python3 has them, and writes
// day.json and day.md; options: tools/gpu-day/day.mjs. --piece cuts the pack, for places that take small files only:
// `cat gpu-day.tar.xz.* | tar xJ`. Packing needs Debian or Ubuntu (apt-get download, dpkg-deb), tar, xz, strip, and takes
// two minutes.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MOST_MIB = 60;
/** What onnxruntime's and Dawn's binaries are linked against is no module. */
const LINKED = ["node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1"];
const OWN = ["package.json", "data/models/efficientnet-lite0", "tools/gpu-day"];
/** The Vulkan loader; what NVIDIA's libGLX_nvidia and libEGL_nvidia ask for; what Node itself does. */
const SYSTEM = [
  ...["libvulkan1", "libglvnd0", "libglx0", "libegl1"],
  ...["libx11-6", "libxext6", "libxcb1", "libxau6", "libxdmcp6", "libbsd0", "libmd0"],
  ...["libstdc++6", "libgcc-s1"],
];

const { values } = parseArgs({
  options: { out: { type: "string", default: "gpu-day.tar.xz" }, piece: { type: "string" } },
});

function run(command, args, options = {}) {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
}

/** The files of all modules that the parts load, below the root, each package's package.json among them. */
function loadedModules(scratch) {
  const list = join(scratch, "modules.txt");
  const recorder = new URL("gpu-day/record-modules.mjs", import.meta.url);
  run(process.execPath, ["--import", recorder.href, join(ROOT, "tools/gpu-day/load-all.mjs")], {
    env: { ...process.env, HASHBOOK_MODULES: list },
  });
  const files = new Set(
    readFileSync(list, "utf8")
      .split("\n")
      .filter(Boolean)
      .map(path => relative(ROOT, path)),
  );
  const modules = [...files].filter(path => path.startsWith("node_modules/"));
  for (const path of modules) {
    for (let folder = dirname(path); folder !== "node_modules"; folder = dirname(folder)) {
      const manifest = join(folder, "package.json");
      if (existsSync(join(ROOT, manifest))) files.add(manifest);
    }
  }
  return [...files].filter(path => path.startsWith("node_modules/"));
}

function builtFiles() {
  return readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })
    .filter(path => path.endsWith(".js"))
    .map(path => join("lib", path));
}

/** Debian's libraries under the names that programs ask for. */
function copySystemLibraries(scratch, folder) {
  const place = join(scratch, "debian");
  mkdirSync(place);
  run("apt-get", ["download", ...SYSTEM], { cwd: place });
  for (const name of readdirSync(place).filter(path => path.endsWith(".deb"))) {
    run("dpkg-deb", ["-x", name, "unpacked"], { cwd: place });
  }
  mkdirSync(folder);
  const unpacked = join(place, "unpacked");
  for (const entry of readdirSync(unpacked, { recursive: true, withFileTypes: true })) {
    if (!/\.so\.\d+$/.test(entry.name)) continue;
    cpSync(realpathSync(join(entry.parentPath, entry.name)), join(folder, entry.name));
  }
}

function stage(scratch) {
  const place = join(scratch, "gpu-day");
  const files = [...loadedModules(scratch), ...builtFiles(), ...LINKED, ...OWN];
  for (const path of files) cpSync(join(ROOT, path), join(place, path), { recursive: true });
  cpSync(join(ROOT, "tools/gpu-day/start.sh"), join(place, "start.sh"));
  cpSync(realpathSync(process.execPath), join(place, "node"));
  run("strip", [join(place, "node")]);
  copySystemLibraries(scratch, join(place, "system"));
}

const mebibytes = path => statSync(path).size / 2 ** 20;

function pack() {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("the pack is made on Linux x64, for it");
  const scratch = mkdtempSync(join(tmpdir(), "gpu-day-pack-"));
  const out = resolve(values.out);
  try {
    stage(scratch);
    const environment = { ...process.env, XZ_OPT: "-6" };
    run("tar", ["--sort=name", "--owner=0", "--group=0", "-cJf", out, "gpu-day"], { cwd: scratch, env: environment });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const size = mebibytes(out);
  process.stdout.write(`${out}: ${size.toFixed(1)} MiB\n`);
  if (size >= MOST_MIB) throw new Error(`the pack has to be smaller than ${MOST_MIB} MiB`);
  if (values.piece !== undefined) run("split", ["-b", `${Number(values.piece)}M`, "-d", out, `${out}.`]);
}

pack();
