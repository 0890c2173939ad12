// What npm would publish, checked by publint: node tools/publint.mjs hashbook-0.1.0.tgz
//
// One message is left out: that danfojs-node comes by `file:`. It travels inside the package (bundleDependencies), so
// nobody's npm looks for that file; tools/check-install.mjs shows it.
import { readFileSync } from "node:fs";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("which package? node tools/publint.mjs FILE.tgz");
const { buffer, byteOffset, byteLength } = readFileSync(file);
const tarball = buffer.slice(byteOffset, byteOffset + byteLength);
const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
const isBundled = ({ code, path }) => code === "LOCAL_DEPENDENCY" && pkg.bundleDependencies.includes(path.at(-1));
const found = messages.filter(message => !isBundled(message));
for (const message of found) process.stdout.write(`${message.type}: ${formatMessage(message, pkg)}\n`);
process.stdout.write(`publint: ${found.length} messages on ${pkg.name} ${pkg.version}\n`);
process.exitCode = found.length === 0 ? 0 : 1;
