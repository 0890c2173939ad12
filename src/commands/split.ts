import { Command } from "commander";
import type { Split } from "../datasets/roles.js";
import type { Labelled } from "../datasets/split.js";
import { wholeNumber } from "./numbers.js";
import { asFlags } from "./option-flag.js";

interface SplitFlags {
  queryPerClass?: number;
  trainPerClass?: number;
  queries?: number;
  train?: number;
  databasePerClass?: number;
  unseenClasses?: number;
  protocol?: string;
  seed: number;
  replace: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook split work/ --query-per-class 10 --train-per-class 50 --seed 0
  $ hashbook train --data work/ --method dch --bits 48 --out model/
  $ hashbook encode --model model/ --data work/ --out codes.npy
  $ hashbook evaluate --data work/ --codes codes.npy
  $ hashbook split several-labels/ --queries 500 --train 1000
  $ hashbook split work/ --unseen-classes 3 --query-per-class 100 --train-per-class 500
  $ hashbook split cifar/ --protocol cifar10-2 --seed 1 --replace

Writes split.json into a data folder of \`extract\`: of each class, random images are queries, the next are for training,
and the database is everything but the queries, training images included; with --database-per-class only so many. Images
that could not be read and those of unknown class get no role. A class that is too small for it is refused, with what it
lacks. The same seed gives the same rows.
With --queries and --train, queries and training images are drawn from all labelled images, whatever their classes: so
were the published lists of data of several labels, which has no split by class.
With --unseen-classes, queries and database are of so many random classes, and the training images of the others: whether
a method learned more than the classes it was shown (Sablayrolles et al., ICASSP 2017).
With --protocol, what was extracted as one protocol gets the roles of another of the same images, or of another seed: no
image is read again.`;

/** `hashbook split`: gives roles to data that has none. */
export function splitCommand(): Command {
  return new Command("split")
    .description("draw queries, training images and database of a data folder, class by class or from all")
    .argument("<folder>", "what `extract` wrote")
    .option("--query-per-class <n>", "queries of each class", wholeNumber(1))
    .option("--train-per-class <n>", "training images of each class", wholeNumber(0))
    .option("--queries <n>", "queries in all, instead", wholeNumber(1))
    .option("--train <n>", "training images in all, instead", wholeNumber(0))
    .option("--database-per-class <n>", "database images of each class; default: all but the queries", wholeNumber(1))
    .option("--unseen-classes <n>", "search among so many classes that training never sees", wholeNumber(2))
    .option("--protocol <name>", "draw by the rule of a protocol of the same images (cifar10, cifar10-1 …), instead")
    .option("--seed <n>", "of the draw", wholeNumber(0), 0)
    .option("--replace", "replace the roles that the data has already", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(async (folder: string, flags: SplitFlags) => {
      const { lockOfFolder, withLock } = await import("../core/lock.js");
      const { readDataFolder } = await import("../features/data-folder.js");
      await readDataFolder(folder, { withoutRoles: flags.replace }); // before the lock, which would make a folder that is not there
      await withLock(lockOfFolder(folder), () => split(folder, flags), { task: "splitting" });
    });
}

async function split(folder: string, flags: SplitFlags): Promise<void> {
  const { unseenClasses, seed, replace, json } = flags;
  const { InputError } = await import("../core/errors.js");
  const { removeLeftovers } = await import("../core/leftovers.js");
  const { classesOf, withUnknown } = await import("../core/classes-of-items.js");
  const { overlapText } = await import("../datasets/split-overlaps.js");
  const { writeSplit } = await import("../datasets/split-file.js");
  const { readDataFolder } = await import("../features/data-folder.js");
  const {
    manifest,
    classNames,
    ids,
    split: known,
    failed,
    labels,
  } = await readDataFolder(folder, { withoutRoles: replace });
  const items = { name: folder, classNames, labels: withUnknown(labels, failed) };
  const drawn = await (flags.protocol === undefined
    ? drawRoles(items, flags)
    : drawByProtocol(items, manifest.dataset, flags));
  if (known !== undefined && !replace) {
    throw new InputError("the data has roles already", {
      file: `${folder}/split.json`,
      expected: "--replace, or a folder without split.json",
      actual: `${known.protocol}; seed ${known.seed}`,
    });
  }
  await removeLeftovers(folder, ["split.json"]);
  await writeSplit(folder, drawn, { contentHash: manifest.contentHash, rows: ids.length });
  const counts = { query: drawn.query.length, train: drawn.train.length, database: drawn.database.length };
  const roles = new Set([...drawn.query, ...drawn.train, ...drawn.database]);
  const unseen = [...new Set(Array.from(drawn.query).flatMap(row => classesOf(labels, row)))].sort((a, b) => a - b);
  const overlaps = overlapText(drawn);
  const document = {
    folder,
    protocol: drawn.protocol,
    seed,
    ...counts,
    ...(unseenClasses === undefined ? {} : { unseenClasses: unseen.map(label => classNames[label]) }),
    withoutRole: ids.length - roles.size,
    ...(overlaps === undefined ? {} : { overlaps }),
  };
  const where = unseenClasses === undefined ? "in a database" : "of other classes, a database";
  const text =
    `${folder}: ${counts.query} queries, ${counts.train} train images ${where} of ${counts.database}` +
    `, ${document.withoutRole} without a role; ${drawn.protocol}; seed ${seed}${overlaps === undefined ? "" : `; overlapping roles: ${overlaps}`}`;
  process.stdout.write(`${json ? JSON.stringify(document) : text}\n`);
}

/**
 * Roles by the rule of a protocol.
 * @param extractedAs the dataset that the features are of
 * @throws {UsageError} for an unknown protocol, one without a rule, or numbers beside it
 * @throws {InputError} when the features are not of what the rule draws from
 */
async function drawByProtocol(items: Labelled, extractedAs: string, flags: SplitFlags): Promise<Split> {
  const { queryPerClass, trainPerClass, databasePerClass, queries, train, unseenClasses, protocol = "", seed } = flags;
  const { InputError, UsageError } = await import("../core/errors.js");
  const { findProtocol, PROTOCOLS, protocolOf } = await import("../protocols/known-protocols.js");
  const numbers = [queryPerClass, trainPerClass, databasePerClass, queries, train, unseenClasses];
  if (numbers.some(one => one !== undefined)) {
    throw new UsageError("--protocol has numbers of its own", { expected: "--seed beside it alone" });
  }
  const { rule } = await asFlags(() => protocolOf(protocol));
  if (rule === undefined) {
    const drawn = PROTOCOLS.filter(one => one.rule !== undefined).map(({ name }) => name);
    throw new UsageError(`protocol ${protocol} has lists, and no rule to draw by`, { expected: drawn.join(", ") });
  }
  if (findProtocol(extractedAs)?.rule?.from === rule.from) return rule.draw(items, { seed });
  throw new InputError(`protocol ${protocol} is drawn from other images`, {
    file: items.name,
    expected: `features of ${rule.from}, extracted as ${protocol} or another protocol of them`,
    actual: `dataset ${extractedAs}`,
  });
}

/** @throws {UsageError} when the command line does not say how many in one of two ways */
async function drawRoles(items: Labelled, flags: SplitFlags): Promise<Split> {
  const { queryPerClass, trainPerClass, databasePerClass, queries, train, unseenClasses, seed } = flags;
  const { InputError, UsageError } = await import("../core/errors.js");
  const byClass = queryPerClass !== undefined && trainPerClass !== undefined;
  const fromAll = queries !== undefined && train !== undefined;
  const ofClasses = [queryPerClass, trainPerClass, databasePerClass, unseenClasses].some(one => one !== undefined);
  if (byClass === fromAll || (fromAll && ofClasses) || (byClass && (queries ?? train) !== undefined)) {
    throw new UsageError("say how many images do what", {
      expected:
        unseenClasses === undefined
          ? "--query-per-class and --train-per-class, --queries and --train, or --protocol"
          : "--query-per-class and --train-per-class beside --unseen-classes: queries of each unseen class, training images of each other",
    });
  }
  if (fromAll) {
    const { randomSplit } = await import("../datasets/random-split.js");
    return randomSplit(items, { queries, train, seed });
  }
  if (!(items.labels instanceof Int32Array)) {
    throw new InputError("a split by class takes one label an item", {
      file: items.name,
      expected: "--queries and --train, which draw from all images",
      actual: `multi-hot labels of ${items.labels.classes} classes`,
    });
  }
  if (unseenClasses === undefined) {
    const { hashingSplit } = await import("../datasets/split.js");
    return hashingSplit(items, { queryPerClass, trainPerClass, databasePerClass, seed });
  }
  if (databasePerClass !== undefined) {
    throw new UsageError("--unseen-classes takes no --database-per-class", {
      expected: "the database to be all images of these classes but the queries",
      actual: `${databasePerClass}`,
    });
  }
  const { unseenClassSplit } = await import("../datasets/unseen-class-split.js");
  return unseenClassSplit(items, { queryPerClass, trainPerClass, unseenClasses, seed });
}
