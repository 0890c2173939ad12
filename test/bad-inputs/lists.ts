import type { BadInput, Damage } from "./bad-input.js";
import { put } from "./bad-input.js";

/** Lists of the fixture's pictures in thuml's form. */
const SOUND: Readonly<Record<string, string>> = {
  "train.txt": "cat/0.png 1 0 0\ndog/0.png 0 1 1\n",
  "test.txt": "owl/0.png 0 0 1\n",
  "database.txt": "cat/0.png 1 0 0\ndog/0.png 0 1 1\n",
};

/** Writes sound lists with some files others, or left out. */
function lists(changes: Readonly<Record<string, string | Uint8Array | undefined>>): Damage {
  return async folder => {
    for (const [name, content] of Object.entries({ ...SOUND, ...changes })) {
      if (content !== undefined) await put(`lists/${name}`, content)(folder);
    }
  };
}

const DATASET = "dataset @/lists --images @/pics";
const EXTRACT = "extract --dataset @/lists --images @/pics --out @/w";

function list(what: string, changes: Parameters<typeof lists>[0], says: RegExp, args: string = DATASET): BadInput {
  return { what, args, code: 1, says, damage: lists(changes) };
}

/** A file of labels that is opened by itself. */
function labelFile(what: string, text: string | Uint8Array, says: RegExp): BadInput {
  return { what, args: "dataset @/pics/labels.txt", code: 1, says, damage: put("pics/labels.txt", text) };
}

function flags(args: string, says: RegExp, changes: Parameters<typeof lists>[0] = {}): BadInput {
  return { what: "lists", args, code: 2, says, damage: lists(changes) };
}

const train = (text: string | Uint8Array): Parameters<typeof lists>[0] => ({ "train.txt": text });
/** All three lists with the labels of each image written otherwise. */
const all = (cat: string, dog: string, owl: string): Parameters<typeof lists>[0] => ({
  "train.txt": `cat/0.png${cat}\ndog/0.png${dog}\n`,
  "test.txt": `owl/0.png${owl}\n`,
  "database.txt": `cat/0.png${cat}\ndog/0.png${dog}\n`,
});

/** Published lists and label files with a fault: the file, the line and what was expected are named. */
export const BAD_LISTS: readonly BadInput[] = [
  // columns
  list(
    "a column less",
    train("cat/0.png 1 0 0\ndog/0.png 0 1\n"),
    /train\.txt: line 2 has another form than line 1 of .*database\.txt; expected 3 columns of 0 and 1; found 2 columns/,
  ),
  list("a column more", train("cat/0.png 1 0 0 0\n"), /train\.txt: line 1 .*expected 3 columns.*found 4 columns/),
  list(
    "a 2 among columns",
    train("cat/0.png 1 2 0\n"),
    /line 1 is malformed; expected columns of 0 and 1, or one class/,
  ),
  list(
    "a minus among columns",
    train("cat/0.png 1 -1 0\n"),
    /line 1 is malformed; expected columns of 0 and 1.*"1 -1 0"/,
  ),
  list("fractions", train("cat/0.png 1.0 0.0 0.0\n"), /train\.txt: line 1 is malformed; .*found "1\.0 0\.0 0\.0"/),
  list("a letter among columns", train("cat/0.png 1 o 0\n"), /line 1 is malformed.*or a name without blanks.*"1 o 0"/),
  list(
    "one column in the database alone",
    { "database.txt": "cat/0.png 1\n" },
    /expected one class number; found 3 columns/,
  ),
  list(
    "columns of another number in each list",
    { "test.txt": "owl/0.png 0 0 1 0\n" },
    /test\.txt: line 1 has another form than line 1 of .*database\.txt; expected 3 columns of 0 and 1; found 4/,
  ),
  // forms
  list(
    "a number in a list of columns",
    train("cat/0.png 0\n"),
    /train\.txt: line 1 .*expected 3 columns.*one class number/,
  ),
  list(
    "a name in a list of columns",
    train("cat/0.png cat\n"),
    /expected 3 columns of 0 and 1; found the name of a class: "cat"/,
  ),
  list(
    "a header",
    { "database.txt": `path label\n${SOUND["database.txt"]}` },
    /line 2 has another form than line 1; a header is/,
  ),
  list(
    "numbers and names",
    all(" 0", " dog", " 1"),
    /line 2 .*expected one class number; found the name of a class: "dog"/,
  ),
  list(
    "a negative number",
    all(" 0", " -1", " 1"),
    /line 2 is malformed; expected columns of 0 and 1, or one class number from 0/,
  ),
  list("a fraction", all(" 0", " 1.5", " 1"), /line 2 is malformed.*found "1\.5"/),
  list(
    "a class number that is none",
    all(" 0", " 20140131", " 1"),
    /line 2 .*a class number below 1000000; found "20140131"/,
  ),
  list("two numbers, with a comma", all(",0 1", ",0 2", ",1 1"), /line 2 is malformed.*found "0 2"/),
  list("a path alone", train("cat/0.png\n"), /train\.txt: line 1 has a path and no label; expected .*train_label\.txt/),
  list("a label alone", train(",1\n"), /train\.txt: line 1 is malformed; expected a path before the label; found ",1"/),
  // files
  list("an empty list", train(""), /train\.txt: there are no lines; expected a path and its label a line/),
  list("blank lines alone", train("\n \n\t\n"), /train\.txt: there are no lines/),
  list(
    "bytes that are no text",
    train(Uint8Array.of(0x63, 0xff, 0xfe, 0x0a)),
    /train\.txt: this list is no text from line 1 on; expected UTF-8/,
  ),
  list(
    "UTF-16",
    train(Buffer.from("\ufeffcat/0.png 1 0 0\n", "utf16le")),
    /train\.txt: this list is no text .*expected UTF-8/,
  ),
  list("zero bytes", train("cat/0.png 1 0 0\n\0\0\0\n"), /no text from line 2 on; expected UTF-8; found a zero byte/),
  list(
    "no database",
    { "database.txt": undefined },
    /no list of the database images; expected test\.txt or query\.txt, database\.txt/,
  ),
  list(
    "no queries",
    { "test.txt": undefined },
    /lists: there is no list of the query images; .*found train\.txt, database\.txt/,
  ),
  list(
    "two lists of queries",
    { "query.txt": SOUND["test.txt"] },
    /several lists of query images; expected one; found test\.txt, query\.txt/,
  ),
  list(
    "no folder of images",
    {},
    /nowhere: there is no such folder; expected a folder of images \(--images\)/,
    "dataset @/lists --images @/nowhere",
  ),
  // paths
  list(
    "an absolute path",
    train("/data/coco/cat/0.png 1 0 0\n"),
    /train\.txt: line 1 has an absolute path; expected .*--strip-prefix/,
  ),
  list("a path that leads out", train("../cat/0.png 1 0 0\n"), /train\.txt: line 1 leads out of the folder of images/),
  list(
    "a prefix that is left over",
    train("mine/cat/0.png 1 0 0\n"),
    /1 of the 4 images .*expected --strip-prefix mine\/, without which/,
    EXTRACT,
  ),
  list(
    "an image that is missing",
    train("cat/9.png 1 0 0\n"),
    /1 of the 4 .*--missing drop .*cat\/9\.png \(line 1 of train\.txt: it is not/,
    EXTRACT,
  ),
  list(
    "no query that is there",
    { "test.txt": "owl/9.png 0 0 1\n" },
    /too many of the images that are listed are missing; expected one query .*found 0 queries, 2 in the database/,
    `${EXTRACT} --missing drop`,
  ),
  list(
    "a folder for an image",
    train("cat 1 0 0\n"),
    /--missing drop .*found cat \(line 1 of train\.txt: a folder\)/,
    EXTRACT,
  ),
  list(
    "another label in another list",
    train("dog/0.png 0 1 0\n"),
    /lists: 1 lines give an image another label .*dog\/0\.png: class 1, 2 in line 2 of database\.txt, class 1 in line 1 of train/,
    EXTRACT,
  ),
  list(
    "another label in the same list",
    train("cat/0.png 1 0 0\ndog/0.png 0 1 1\ncat/0.png 0 0 0\n"),
    /cat\/0\.png: class 0 in line 1 of database\.txt, no class in line 3 of train\.txt/,
    EXTRACT,
  ),
  // labels beside the paths
  list(
    "fewer labels than paths",
    { "train.txt": "cat/0.png\ndog/0.png\n", "train_label.txt": "1 0 0\n" },
    /train_label\.txt does not fit this list; expected a label for line 2; found none/,
  ),
  list(
    "more labels than paths",
    { "train.txt": "cat/0.png\n", "train_label.txt": "1 0 0\n0 1 0\n" },
    /train_label\.txt does not fit this list; expected 1 labels, as many as paths; found more/,
  ),
  list(
    "labels twice",
    { "train_label.txt": "1 0 0\n0 1 0\n" },
    /train\.txt: line 1 is malformed; expected a path alone, for its labels stand in train_label\.txt/,
  ),
  list(
    "labels of another form beside the paths",
    { "train.txt": "cat/0.png\n", "train_label.txt": "1 0\n" },
    /train_label\.txt: line 1 has another form .*expected 3 columns of 0 and 1; found 2 columns/,
  ),
  // names of classes
  list(
    "too few class names",
    { "class_names.txt": "cat\ndog\n" },
    /line 1 does not fit the class names; expected 2 classes.*3 columns/,
  ),
  list(
    "a class name twice",
    { "class_names.txt": "cat\ndog\ncat\n" },
    /class_names\.txt: line 3 names "cat" again, after line 1/,
  ),
  list(
    "a gap between class names",
    { "class_names.txt": "cat\n\ndog\nowl\n" },
    /class_names\.txt: line 2 is empty; expected no gap/,
  ),
  list(
    "no class names",
    { "class_names.txt": "\n" },
    /class_names\.txt: there are no class names; expected one a line/,
  ),
  list(
    "a class that is not among the names",
    { ...all(",cat", ",dogg", ",owl"), "class_names.txt": "cat\ndog\nowl\n" },
    /database\.txt: line 2 names a class that is not among the class names; expected "dog"\?; found "dogg"/,
  ),
  list(
    "a number beyond the names",
    { ...all(" 0", " 3", " 1"), "class_names.txt": "cat\ndog\nowl\n" },
    /database\.txt: line 2 does not fit the class names; expected 3 classes, as many as names; found class 3/,
  ),
  list(
    "no file of class names",
    {},
    /names\.txt: this file of class names cannot be read/,
    `${DATASET} --class-names @/names.txt`,
  ),
  // label files
  labelFile(
    "a set that is a class",
    "cat/0.png,cat\ndog/0.png,0 1 0\n",
    /dog\/0\.png has several numbers for a label; .*path,0 1 0/,
  ),
  labelFile(
    "columns after commas",
    "cat/0.png,0\ndog/0.png,0,1\n",
    /dog\/0\.png.* has several numbers for a label.*found "0,1"/,
  ),
  labelFile(
    "columns that change",
    "cat/0.png,1 0\ndog/0.png,0 1 0\n",
    /labels\.txt: line 2 .*expected 2 columns of 0 and 1; found 3/,
  ),
  labelFile(
    "columns, then a name",
    "cat/0.png 1 0\ndog/0.png dog\n",
    /labels\.txt: line 2 .*expected 2 columns.*found the name/,
  ),
  labelFile(
    "columns and an image twice",
    "cat/0.png 1 0\ncat/0.png 1 0\n",
    /labels\.txt: line 2 names cat\/0\.png again, after line 1/,
  ),
  labelFile("no comma and no columns", "cat/0.png cat\n", /labels\.txt: line 1 is malformed; expected path,label/),
  // flags
  flags(
    "dataset @/pics --images @/pics",
    /--images of published lists, which this is not; expected a folder with train\.txt/,
  ),
  flags(
    "dataset fashion-mnist-10k --strip-prefix data/",
    /--strip-prefix of published lists, which this is not.*found fashion-mnist-10k/,
  ),
  flags("extract --dataset @/pics --missing drop --out @/w", /--missing of published lists, which this is not/),
  flags(`${EXTRACT} --missing skip`, /--missing <what>' argument 'skip' is invalid\. Allowed choices are refuse, drop/),
  flags("dataset lists --images @/pics", /dataset lists needs its place; expected .*--lists/),
  flags("dataset @/lists --lists @/lists", /a root \(--root\) goes with the name of a dataset/),
  flags(
    `${DATASET} --figure @/f.gif`,
    /f\.gif: a figure cannot be written as this; expected an ending of \.svg, \.pdf, \.png, \.json/,
  ),
  flags(`${DATASET} --figure @/pics/cat/0.png`, /would be written over what is read.*images of the dataset/),
  flags(
    "dataset lists --lists @/lists --figure @/lists/class_names.txt",
    /would be written over what is read.*--lists/,
    {
      "class_names.txt": "cat\ndog\nowl\n",
    },
  ),
  flags(`${DATASET} --figure @/lists/train.svg`, /among the files that are read/),
  flags("dataset lists --lists @/lists --figure @/lists/train.txt", /written over what is read.*--lists/),
];
