// Installs the package as a stranger would, and uses it: node tools/check-install.mjs hashbook-0.1.0.tgz
//
// An empty folder, an empty home, install scripts on. Then the command, an import from JavaScript (ES module and
// CommonJS), from TypeScript (ours, and tslab's 5.0.4, the oldest supported), the data frames that travel inside, a
// second `npm ci` from the lock it wrote, and a study made by `hashbook new`. Needs the npm registry; packages that are in
// npm's cache already are not fetched again.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("which package? node tools/check-install.mjs FILE.tgz");
const tarball = resolve(file);
const root = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const compilers = {
  "TypeScript of hashbook": require.resolve("typescript/bin/tsc"),
  "TypeScript of tslab": createRequire(require.resolve("tslab")).resolve("@tslab/typescript-for-tslab/bin/tsc"),
};

const place = mkdtempSync(join(tmpdir(), "hashbook-install-"));
const project = join(place, "project");
const home = join(place, "home");
const cache = execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim();
// Nothing of the npm that runs this must reach the one inside: its settings travel in the environment.
const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_PATH$|HASHBOOK_)/i.test(name));
const environment = { ...Object.fromEntries(inherited), HOME: home, npm_config_cache: cache };

function run(command, ...args) {
  return execFileSync(command, args, { cwd: project, env: environment, encoding: "utf8" });
}

function check(what, holds) {
  if (!holds) throw new Error(`does not hold: ${what}`);
  process.stdout.write(`ok  ${what}\n`);
}

function megabytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return Math.round(bytes / 1e6);
}

/** Every source map names sources that lie in the package. */
function mapsLeadSomewhere(folder) {
  const maps = readdirSync(join(folder, "lib"), { recursive: true, encoding: "utf8" }).filter(name =>
    /\.map$/.test(name),
  );
  const found = maps.every(name => {
    const map = join(folder, "lib", name);
    const { sources } = JSON.parse(readFileSync(map, "utf8"));
    return sources.every(source => statSync(join(dirname(map), source), { throwIfNoEntry: false })?.isFile());
  });
  return found && maps.length > 0;
}

/** Every picture of the README is there. */
function picturesAreThere(folder) {
  const pictures = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/!\[[^\]]*\]\((?!https?:)([^)]+)\)/g)];
  return pictures.length > 0 && pictures.every(([, path]) => statSync(join(folder, path), { throwIfNoEntry: false }));
}

function checkInstall() {
  const began = performance.now();
  run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const size = (statSync(tarball).size / 1e6).toFixed(1);
  const modules = join(project, "node_modules");
  check(`npm install of ${size} MB: ${seconds} s, ${megabytes(modules)} MB in node_modules`, true);
  const installed = join(modules, "hashbook");
  check("source maps lead to sources in the package", mapsLeadSomewhere(installed));
  check("the README's pictures are in the package", picturesAreThere(installed));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  check("npx hashbook --version", run("npx", "--no-install", "hashbook", "--version").trim() === version);
  check("npx hashbook --help", run("npx", "--no-install", "hashbook", "--help").includes("Usage: hashbook"));
  return version;
}

function checkImports(version) {
  const print = 'import * as hb from "hashbook"; process.stdout.write(hb.version);';
  check("import from JavaScript", run(process.execPath, "--input-type=module", "-e", print) === version);
  const required = 'process.stdout.write(require("hashbook").version)';
  check("require from CommonJS", run(process.execPath, "-e", required) === version);
  const frames = `const { createRequire } = require("node:module");
    const dfd = createRequire(require.resolve("hashbook"))("danfojs-node");
    process.stdout.write(String(new dfd.DataFrame([{ a: 1 }, { a: 2 }]).shape));`;
  check("data frames", run(process.execPath, "-e", frames) === "2,1");
  writeFileSync(join(project, "good.mts"), 'import { version } from "hashbook";\nexport const v: string = version;\n');
  writeFileSync(join(project, "wrong.mts"), 'import { version } from "hashbook";\nexport const v: number = version;\n');
  for (const [name, compiler] of Object.entries(compilers)) {
    const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"];
    const compiles = source => {
      try {
        run(process.execPath, compiler, ...options, source);
        return true;
      } catch (error) {
        if (/error TS2322/.test(error.stdout)) return false;
        throw new Error(error.stdout);
      }
    };
    check(`import from TypeScript: ${name}`, compiles("good.mts") && !compiles("wrong.mts"));
  }
}

function checkStudy() {
  run("npm", "ci", "--prefer-offline", "--no-audit", "--no-fund");
  run("npx", "--no-install", "hashbook", "new", "study");
  const manifest = JSON.parse(readFileSync(join(project, "study", "package.json"), "utf8"));
  const source = resolve(project, "study", manifest.dependencies.hashbook.replace(/^file:/, ""));
  check("a study depends on the package it was made from", source === tarball);
  // Not installed once more: imports of the study find the hashbook of the folder above it.
  run("npx", "--no-install", "hashbook", "run", "study/01-first.ipynb");
  check("its first notebook runs", readdirSync(join(project, "study")).includes("runs"));
}

try {
  mkdirSync(project);
  mkdirSync(home);
  writeFileSync(join(project, "package.json"), '{ "name": "project", "private": true }\n');
  checkImports(checkInstall());
  checkStudy();
} finally {
  rmSync(place, { recursive: true, force: true });
}
