import { readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { InputError } from "../core/errors.js";
import { makeFolder, writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { objectOf } from "../core/json-schema.js";
import { leftoversOf, removeLeftovers } from "../core/leftovers.js";
import { isCheckout, packageFolder } from "../core/paths.js";
import { version } from "../core/version.js";

const examples = `
Examples:
  $ hashbook new my-study
  $ cd my-study && npm install && npx hashbook run 01-first.ipynb

Writes package.json, tsconfig.json, a first notebook, a file of own code, README.md, .gitignore and .npmrc.`;

/** npm takes these names out of a package, or reads them in it: the templates have them without the dot. */
const DOTTED = ["gitignore", "npmrc"];

/** `hashbook new`: a folder of one's own with a first notebook. */
export function newCommand(): Command {
  return new Command("new")
    .description("Make a study folder of your own: a first notebook that imports hashbook, ready to run.")
    .argument("<folder>", "the folder to make; an empty one will do")
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", examples)
    .action((folder: string, flags: { json?: boolean }) => makeStudy(folder, flags));
}

/** npm's record of what it installed. */
const NPM_RECORD_JSON: JsonFileKind<{ packages: Record<string, { resolved?: unknown } | undefined> }> = {
  what: "npm's record of installed packages",
  remedy: "`npm install` makes it anew",
  schema: objectOf({ packages: { type: "object", additionalProperties: objectOf({}) } }),
};

/**
 * How package.json names the hashbook that runs: the checkout, or what it was installed from.
 * @param study the folder of that package.json, to which paths are relative
 */
async function ownDependency(study: string): Promise<string> {
  const byPath = (path: string): string => `file:${relative(study, path).replaceAll("\\", "/")}`;
  if (isCheckout()) return byPath(packageFolder);
  const modules = dirname(packageFolder.replace(/[\\/]$/, ""));
  const record = join(modules, ".package-lock.json"); // npm's record of what it put there
  const source = (await readJsonFileIfAny(record, NPM_RECORD_JSON))?.packages["node_modules/hashbook"]?.resolved;
  if (typeof source !== "string") return byPath(packageFolder);
  return source.startsWith("file:") ? byPath(resolve(dirname(modules), source.slice("file:".length))) : version;
}

/** A name that npm accepts, after the folder. */
function projectName(folder: string): string {
  return (
    basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "study"
  );
}

async function projectManifest(study: string): Promise<object> {
  const { dependencies } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
  return {
    name: projectName(study),
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: { start: "hashbook run", lab: "hashbook lab", check: "tsc" },
    dependencies: { hashbook: await ownDependency(study) },
    devDependencies: { "@types/node": dependencies["@types/node"], typescript: dependencies.typescript },
  };
}

async function makeStudy(folder: string, flags: { json?: boolean }): Promise<void> {
  const study = resolve(folder);
  await makeFolder(study);
  const foreign = (await isUnfinished(study)) ? undefined : (await readdir(study))[0];
  if (foreign !== undefined) {
    throw new InputError(`${folder} is not empty`, { expected: "a new folder, or an empty one", actual: foreign });
  }
  await fillStudy(study);
  if (flags.json) {
    const files = (await readdir(study)).sort();
    process.stdout.write(
      `${JSON.stringify({ folder: study, files, hashbook: await ownDependency(study) }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(`${folder} is ready:\n  cd ${folder} && npm install && npx hashbook run 01-first.ipynb\n`);
  }
}

/** Whether a folder is empty but for what a killed `new` left: files that are ours to the byte, and not yet the last. */
async function isUnfinished(study: string): Promise<boolean> {
  const templates = new Map((await templateFiles()).map(({ name, template }) => [name, template]));
  const leftovers = await leftoversOf(study);
  for (const entry of await readdir(study, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const template = templates.get(relative(study, file));
    if (entry.isDirectory() || leftovers.includes(file)) continue;
    if (template === undefined || !(await readFile(template)).equals(await readFile(file))) return false;
  }
  return true;
}

/** Files of a study but for package.json, which is written last: what they are called there, and their templates. */
async function templateFiles(): Promise<{ readonly name: string; readonly template: string }[]> {
  const templates = join(packageFolder, "templates", "study");
  const entries = await readdir(templates, { recursive: true, withFileTypes: true });
  return entries
    .filter(one => one.isFile())
    .map(one => {
      const template = join(one.parentPath, one.name);
      const below = relative(templates, template);
      return { name: DOTTED.includes(below) ? `.${below}` : below, template };
    });
}

/** Copies the templates; where not all of them can be written, none stays, so that the folder can be filled later. */
async function fillStudy(study: string): Promise<void> {
  try {
    await removeLeftovers(study);
    for (const { name, template } of await templateFiles()) {
      await writeAtomically(join(study, name), await readFile(template));
    }
    const manifest = `${JSON.stringify(await projectManifest(study), null, 2)}\n`;
    await writeAtomically(join(study, "package.json"), manifest);
  } catch (cause) {
    for (const name of await readdir(study)) await rm(join(study, name), { recursive: true, force: true });
    throw cause;
  }
}
