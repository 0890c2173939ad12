// Makes vendor/danfojs-node-1.2.0.tgz from danfojs-node 1.2.0 of the npm registry: node tools/repack-danfojs.mjs
//
// As published it cannot be installed beside us: it asks for xlsx at an address outside the registry, for another major
// version of tfjs with a native binary that is downloaded, and for an abandoned `request`. `overrides` mend that in a
// checkout, but npm heeds them only there and not where hashbook is a dependency. So its list of dependencies is changed
// at the source, and one line of code: the tfjs it loads is ours, shared. All else is as published.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PUBLISHED = "sha512-X1m9DPa01L9i+9Dqdg4bauuEW8F/4o/2K8boHAodnx6PlV73k0Pfg5jvsUSjiFIvGDNTbxnN27gRFIWwDICXvA==";
const TFJS_LINE = 'require("@tensorflow/tfjs-node")';

const vendor = fileURLToPath(new URL("../vendor/", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "repack-danfojs-"));
const run = (command, ...args) => execFileSync(command, args, { cwd: work, encoding: "utf8" });

try {
  run("npm", "pack", "--silent", "danfojs-node@1.2.0");
  const published = join(work, "danfojs-node-1.2.0.tgz");
  const found = `sha512-${createHash("sha512").update(readFileSync(published)).digest("base64")}`;
  if (found !== PUBLISHED) throw new Error(`danfojs-node 1.2.0: expected ${PUBLISHED}, got ${found}`);
  run("tar", "-xzf", published);

  const code = join(work, "package/dist/danfojs-base/shared/tensorflowlib.js");
  const text = readFileSync(code, "utf8");
  if (text.split(TFJS_LINE).length !== 2) throw new Error(`expected one ${TFJS_LINE} in ${code}`);
  writeFileSync(code, text.replace(TFJS_LINE, 'require("@tensorflow/tfjs")'));

  const file = join(work, "package/package.json");
  const { scripts, devDependencies, publishConfig, nyc, ...manifest } = JSON.parse(readFileSync(file, "utf8"));
  const { "@tensorflow/tfjs-node": _, ...dependencies } = manifest.dependencies;
  manifest.description += " (repacked for hashbook: other dependencies, one line of code)";
  manifest.dependencies = {
    ...dependencies,
    request: "npm:@cypress/request@4.0.1",
    xlsx: "npm:@e965/xlsx@0.20.3",
  };
  manifest.peerDependencies = { "@tensorflow/tfjs": "4.22.0" };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);

  // npm pack dates and sorts everything the same each time, so the same bytes come out.
  run("npm", "pack", "--silent", "--ignore-scripts", "./package");
  copyFileSync(published, join(vendor, "danfojs-node-1.2.0.tgz"));
  const made = createHash("sha512").update(readFileSync(published)).digest("base64");
  process.stdout.write(`vendor/danfojs-node-1.2.0.tgz sha512-${made}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
