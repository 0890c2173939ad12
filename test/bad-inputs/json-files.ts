import type { BadInput, Damage } from "./bad-input.js";
import { cut, put, set } from "./bad-input.js";

const TRAIN = "train --data @/items --method dch --bits 8 --out";
const ENCODE = "encode --model @/model --data @/items --out @/o.npy";
const EVALUATE = "evaluate --data @/items --codes @/codes.npy";
const RESUME = `${TRAIN} @/model --set hidden=[4] --batch 4 --epochs 2 --resume`;

const SHARD = "extract --dataset @/pics --precision int8 --engine cpu --shard 2/3 --out @/shards";

const POOLED_SHARD = "extract --dataset @/pics --pool gem:learned --engine cpu --shard 2/3 --out @/shards";
const CHOOSE = "challenge choose --root @/digix";
const CHALLENGE_RUN = "challenge run --root @/digix --out @/challenge";

const STUDY = "study/studies/toy";
const RUNS = `runs @/${STUDY}`;

/** Each kind of JSON file that a command reads, and a command that reads it. */
const READERS: readonly (readonly [file: string, args: string])[] = [
  ["model/head.json", ENCODE],
  ["items/manifest.json", ENCODE],
  ["items/split.json", EVALUATE],
  ["codes.json", EVALUATE],
  ["model/checkpoints/checkpoint.json", RESUME],
  ["shards/ranges.json", SHARD],
  ["shards/pooling.json", POOLED_SHARD],
  ["candidates.json", `${CHOOSE} --candidates @/candidates.json`],
  ["features.json", `${CHOOSE} --features @/features.json`],
  ["challenge/run.json", CHALLENGE_RUN],
  ["book.ipynb", "run @/book.ipynb --out @/r"],
  [`${STUDY}/study.json`, RUNS],
  [`${STUDY}/lsh-8-s0/record.json`, RUNS],
  [`${STUDY}/lsh-8-s0/evaluation.json`, RUNS],
  [`${STUDY}/dch-8-s0/failed.json`, RUNS],
  ["study.json", "sweep --data @/items --file @/study.json"],
];

/** What no JSON file of ours is: each must be refused with the file's name and what it must be. */
function damagesOf(name: string): readonly (readonly [what: string, damage: Damage, says: string])[] {
  return [
    ["empty", put(name, ""), "this is no JSON; expected .*; found an empty file"],
    [
      "binary",
      put(name, Buffer.from([0, 1, 2, 255, 254])),
      "this is no JSON; expected .*; found bytes that are no text",
    ],
    ["cut short", cut(name, 0.6), "this is no JSON; expected .*; found "],
    ["null", put(name, "null"), "this is not .*; expected an object.*; found null"],
    ["a list", put(name, "[]"), "this is not .*; expected an object.*; found \\[\\]"],
  ];
}

const whole = READERS.flatMap(([name, args]): BadInput[] =>
  damagesOf(name).map(([what, damage, says]) => {
    return { args, code: 1, damage, what: `${name} ${what}`, says: new RegExp(`${name}: ${says}`) };
  }),
);

/** One field of a file that is wrong. */
function field(args: string, name: string, path: string, value: unknown, says: RegExp): BadInput {
  const what = `${name} ${path} = ${JSON.stringify(value) ?? "nothing"}`;
  return { args, code: 1, damage: set(name, { [path]: value }), what, says };
}

const HEAD = "model/head.json";
const MANIFEST = "items/manifest.json";
const SPLIT = "items/split.json";
const CHECKPOINT = "model/checkpoints/checkpoint.json";

const CANDIDATES = `${CHOOSE} --candidates @/candidates.json`;
const FEATURES = `${CHOOSE} --features @/features.json`;

const ofChallenges: readonly BadInput[] = [
  field(CANDIDATES, "candidates.json", "candidates", {}, /"candidates" cannot be this; expected a list.*found \{\}/),
  field(CANDIDATES, "candidates.json", "candidates", [], /nothing to choose from; expected two candidates or more/),
  field(
    CANDIDATES,
    "candidates.json",
    "candidates.0.name",
    "",
    /"candidates\[0\]\.name" cannot be this; expected a name/,
  ),
  field(
    CANDIDATES,
    "candidates.json",
    "candidates.1.ranking.ranking",
    "cosin",
    /"candidates\[1\]\.ranking\.ranking" cannot be this; expected one of .*found "cosin"/,
  ),
  field(
    CANDIDATES,
    "candidates.json",
    "candidates.1.whiten",
    -4,
    /"candidates\[1\]\.whiten" cannot be this; expected a whole number of at least \d; found -4/,
  ),
  field(
    CANDIDATES,
    "candidates.json",
    "candidates.1.witen",
    4,
    /the candidate "b" has a field that is none; expected "whiten"/,
  ),
  field(CANDIDATES, "candidates.json", "candidates.1.features", "f", /asks for features that are not there/),
  field(FEATURES, "features.json", "features", {}, /"features" cannot be this; expected .*found \{\}/),
  field(
    FEATURES,
    "features.json",
    "features.lite0.size",
    7,
    /"features\.lite0\.size" cannot be this; expected .*at least 8/,
  ),
  field(
    FEATURES,
    "features.json",
    "features.lite0.pool",
    "max",
    /"features\.lite0\.pool" cannot be this; expected "average", "learned", "gem:p"/,
  ),
  field(
    FEATURES,
    "features.json",
    "features.lite0.pool",
    "gem:99",
    /features\.json: there is no such pooling; expected .*gem:P.*found "gem:99"/,
  ),
  field(
    FEATURES,
    "features.json",
    "features.lite0.join",
    [{ features: {}, weight: -4 }, { features: {} }],
    /join\[0\]\.weight" cannot be this; expected a number above 0; found -4/,
  ),
  field(CHALLENGE_RUN, "challenge/run.json", "format", 99, /run\.json: written by a newer hashbook.*found format 99/),
  field(CHALLENGE_RUN, "challenge/run.json", "submissions", [{}], /"submissions\[0\]\.\w+" is missing/),
  field(
    POOLED_SHARD,
    "shards/pooling.json",
    "format",
    99,
    /pooling\.json: written by a newer hashbook.*found format 99/,
  ),
  field(
    POOLED_SHARD,
    "shards/pooling.json",
    "pool",
    { gem: 99 },
    /"pool" cannot be this; expected "average", or the exponent/,
  ),
  field(ENCODE, HEAD, "itq", 5, /"itq" cannot be this; expected an object; found 5/),
  field(
    ENCODE,
    HEAD,
    "itq",
    { values: 0 },
    /"itq\.values" cannot be this; expected a whole number of at least 1.*found 0/,
  ),
];

const fields: readonly BadInput[] = [
  field(SHARD, "shards/ranges.json", "format", 99, /ranges\.json: written by a newer hashbook.*found format 99/),
  field(SHARD, "shards/ranges.json", "quantization", undefined, /ranges\.json: "quantization" is missing/),
  field(RUNS, `${STUDY}/study.json`, "format", 99, /study\.json: written by a newer hashbook.*found format 99/),
  field(
    RUNS,
    `${STUDY}/study.json`,
    "asked",
    [1],
    /study\.json: "asked\[0\]" cannot be this; expected a text; found 1/,
  ),
  field(RUNS, `${STUDY}/study.json`, "data.rows", 5, /expected 5 rows, as study\.json says; found 160/),
  field(RUNS, `${STUDY}/lsh-8-s0/record.json`, "bits", 0, /"bits" cannot be this; expected a whole number.*found 0/),
  field(RUNS, `${STUDY}/lsh-8-s0/evaluation.json`, "result.evaluation", undefined, /"result\.evaluation" is missing/),
  field(ENCODE, HEAD, "format", 99, /head\.json: written by a newer hashbook.*found format 99/),
  field(ENCODE, HEAD, "head", undefined, /head\.json: "head" is missing/),
  field(
    ENCODE,
    HEAD,
    "head.bits",
    2.5,
    /"head\.bits" cannot be this; expected a whole number of at least 1 and at most 1024; found 2\.5/,
  ),
  field(ENCODE, HEAD, "head.bits", 1e7, /"head\.bits" cannot be this; expected .* at most 1024; found 10000000/),
  field(
    ENCODE,
    HEAD,
    "head.hidden",
    [1e9],
    /"head\.hidden\[0\]" cannot be this; expected a whole number.*found 1000000000/,
  ),
  field(ENCODE, HEAD, "head.hidden", "4", /"head\.hidden" cannot be this; expected a list.*found "4"/),
  field(
    ENCODE,
    HEAD,
    "head.inputDim",
    5,
    /tensor "fc\.0\.weight" does not fit head\.json.*\(4, 5\); found shape \(4, 4\)/,
  ),
  field(ENCODE, HEAD, "beta", -1, /"beta" cannot be this; expected a number above 0; found -1/),
  field(
    ENCODE,
    HEAD,
    "activation",
    "relu",
    /"activation" cannot be this; expected one of "tanh", "none"; found "relu"/,
  ),
  field(ENCODE, HEAD, "seen", [{}], /"seen\[0\].*" (cannot be this|is missing)/),
  field(ENCODE, HEAD, "features", 5, /"features" cannot be this; expected an object; found 5/),
  field(ENCODE, HEAD, "classNames", [1], /"classNames\[0\]" cannot be this; expected a text; found 1/),
  field(
    "fine-tune --model @/model --data @/items --out @/t",
    HEAD,
    "config",
    null,
    /"config" cannot be this; expected an object; found null/,
  ),
  field(
    "fine-tune --model @/model --data @/items --out @/t",
    HEAD,
    "config.batch",
    2.5,
    /head\.json: the option "batch" cannot be this; expected a whole number.*found 2\.5/,
  ),
  field(
    "search --model @/model --database @/codes.npy --query @/pics/cat/0.png",
    HEAD,
    "fold",
    3,
    /"fold" cannot be this; expected an object; found 3/,
  ),
  field(
    "export --model @/model --out @/e",
    HEAD,
    "output",
    "x",
    /"output" cannot be this; expected one of "codes", "embedding"; found "x"/,
  ),
  field(ENCODE, MANIFEST, "quantization", "int8", /"quantization" cannot be this; expected an object; found "int8"/),
  field(ENCODE, MANIFEST, "quantization", { precision: "int8" }, /"quantization\.ranges" is missing/),
  field(
    ENCODE,
    MANIFEST,
    "quantization",
    { precision: "int4", ranges: [[0, 1]], calibration: { images: 1, seed: 0 } },
    /"quantization\.precision" cannot be this; expected .*"int8".*; found "int4"/,
  ),
  field(
    ENCODE,
    MANIFEST,
    "quantization",
    { precision: "int8", ranges: [[0, null]], calibration: { images: 1, seed: 0 } },
    /"quantization\.ranges\[0\]\[1\]" cannot be this; expected a number; found null/,
  ),
  field(ENCODE, MANIFEST, "format", "1", /manifest\.json: written by a newer hashbook.*found format "1"/),
  field(ENCODE, MANIFEST, "format", undefined, /manifest\.json: written by an older hashbook.*found no format version/),
  field(
    ENCODE,
    MANIFEST,
    "shape",
    [18],
    /"shape" cannot be this; expected a list of at least 2 and at most 2; found \[18\]/,
  ),
  field(
    ENCODE,
    MANIFEST,
    "shape",
    [1e9, 4],
    /features\.npy: the features are not those of the manifest.*\(1000000000, 4\)/,
  ),
  field(ENCODE, MANIFEST, "preprocessing", {}, /"preprocessing\.resize" is missing/),
  field(
    ENCODE,
    MANIFEST,
    "preprocessing.crop",
    100000,
    /"preprocessing\.crop" cannot be this; expected .* at most 4096; found 100000/,
  ),
  field(
    ENCODE,
    MANIFEST,
    "preprocessing.std",
    [0, 0, 0],
    /"preprocessing\.std\[0\]" cannot be this; expected a number above 0; found 0/,
  ),
  field(ENCODE, MANIFEST, "classNames", undefined, /"classNames" is missing/),
  field(ENCODE, MANIFEST, "run", "x", /"run" cannot be this; expected an object; found "x"/),
  field(EVALUATE, SPLIT, "rows", {}, /"rows" cannot be this; expected a whole number of at least 0; found \{\}/),
  field(EVALUATE, SPLIT, "query", [0.5], /"query\[0\]" cannot be this; expected a whole number.*found 0\.5/),
  field(EVALUATE, SPLIT, "query", [1e9], /a query row is wrong; expected rows in 0\.\.17.*found 1000000000/),
  field(EVALUATE, SPLIT, "database", null, /"database" cannot be this; expected a list; found null/),
  field(EVALUATE, SPLIT, "contentHash", undefined, /"contentHash" is missing/),
  field(EVALUATE, "codes.json", "codes", {}, /codes\.json: "codes" cannot be this; expected a text.*found \{\}/),
  field(EVALUATE, "codes.json", "bits", 1e9, /"bits" cannot be this; expected .* at most 1024.*found 1000000000/),
  field(EVALUATE, "codes.json", "model.roles", null, /"model\.roles" cannot be this; expected an object.*found null/),
  field(EVALUATE, "codes.json", "data", { rows: "18" }, /"data\.(dataset|rows)"/),
  field(EVALUATE, "codes.json", "format", 2, /written by a newer hashbook.*found format 2/),
  field(
    "search --database @/codes.npy --query-codes @/codes.npy",
    "codes.json",
    "model",
    null,
    /"model" cannot be this.*found null/,
  ),
  field(
    RESUME,
    CHECKPOINT,
    "state",
    "../../head.safetensors",
    /"state" cannot be this; expected last-<epoch>\.safetensors.*start anew/,
  ),
  field(RESUME, CHECKPOINT, "epochs", [], /"epochs" cannot be this; expected a list of at least 1.*found \[\]/),
  field(RESUME, CHECKPOINT, "plateau", undefined, /"plateau" is missing/),
  field(RESUME, CHECKPOINT, "format", 7, /written by a newer hashbook.*found format 7/),
];

/** A config file with something wrong in it. */
function config(text: string, says: RegExp): BadInput {
  const args = `${TRAIN} @/m --config @/config.json`;
  return { args, code: 1, damage: put("config.json", text), what: `config ${text}`, says };
}

const configs: readonly BadInput[] = [
  config("", /config\.json: this is no JSON; expected a config: .*found an empty file/),
  config("[]", /config\.json: this is not a config.*expected an object; found \[\]/),
  config('{"batch": 2.5}', /config\.json: the option "batch" cannot be this; expected a whole number.*found 2\.5/),
  config('{"batch": null}', /"batch" cannot be this.*found null/),
  config('{"hidden": [1e9]}', /"hidden\.0" cannot be this; expected .*at most 65536; found 1000000000/),
  config('{"epochs": 1e12}', /"epochs" cannot be this; expected .*at most 1000000; found 1000000000000/),
  config('{"hiden": [4]}', /no option "hiden"; expected "hidden"\?/),
  config('{"dch": {"gama": 7}}', /no option "dch\.gama"; expected "gamma"\?/),
  config('{"dhc": {"gamma": 7}}', /no option "dhc"; expected "dhn"\?/),
  config('{"optimizer": {"kind": "adm"}}', /"optimizer\.kind" cannot be this; expected one of .*found "adm"/),
  config('{"bits": 16}', /"bits" cannot be used/),
];

/** A notebook with something wrong in it. */
function notebook(document: unknown, says: RegExp): BadInput {
  const text = JSON.stringify(document);
  const args = "run @/book.ipynb --out @/r";
  return { args, code: 1, damage: put("book.ipynb", text), what: `notebook ${text}`, says };
}

const code = { cell_type: "code", source: "1", metadata: {}, outputs: [] };
const notebooks: readonly BadInput[] = [
  notebook({}, /book\.ipynb: "nbformat" is missing; expected a notebook/),
  notebook({ nbformat: 3, cells: [] }, /"nbformat" cannot be this; expected 4.*found 3/),
  notebook({ nbformat: 4, cells: {} }, /"cells" cannot be this; expected a list; found \{\}/),
  notebook({ nbformat: 4, cells: [null] }, /"cells\[0\]" cannot be this; expected an object; found null/),
  notebook(
    { nbformat: 4, cells: [{ ...code, source: 5 }] },
    /"cells\[0\]\.source" cannot be this; expected a text, or a list/,
  ),
  notebook(
    { nbformat: 4, cells: [{ ...code, metadata: { tags: "parameters" } }] },
    /"cells\[0\]\.metadata\.tags" cannot be this/,
  ),
];

/** What a front end of Jupyter writes. */
const CONNECTION = {
  transport: "tcp",
  ip: "127.0.0.1",
  ...{ shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 },
  signature_scheme: "hmac-sha256",
  key: "",
};

/** A connection file with one field that is wrong. */
function connection(name: string, value: unknown, says: RegExp): BadInput {
  return {
    args: "kernel start @/c.json",
    code: 1,
    damage: put("c.json", JSON.stringify({ ...CONNECTION, [name]: value })),
    what: `a connection file with ${name} = ${JSON.stringify(value) ?? "nothing"}`,
    says,
  };
}

const connections: readonly BadInput[] = [
  ...damagesOf("c.json").flatMap(([what, damage, says]): BadInput[] =>
    // There is none in the fixture that could be cut.
    what === "cut short"
      ? []
      : [
          {
            args: "kernel start @/c.json",
            code: 1,
            damage,
            what: `a connection file ${what}`,
            says: new RegExp(`c\\.json: ${says}`),
          },
        ],
  ),
  connection("key", undefined, /c\.json: "key" is missing; .*a front end writes it/),
  connection("transport", "udp", /c\.json: "transport" cannot be this; expected .*tcp.*ipc/),
  connection("hb_port", 0.5, /c\.json: "hb_port" cannot be this; expected a whole number/),
  connection("signature_scheme", "hmac-md5", /c\.json: "signature_scheme" cannot be this; expected .*hmac-sha256/),
];

const others: readonly BadInput[] = [
  {
    args: "dataset digix --root @/digix",
    code: 1,
    damage: put("digix/sample.json", "{"),
    what: "sample.json cut short",
    says: /sample\.json: this is no JSON; expected what a synthetic sample is/,
  },
  {
    args: "dataset digix-sample --out @/digix",
    code: 1,
    damage: put("digix/sample.json", '{"synthetic": true, "seed": 0.5}'),
    what: "sample.json without products",
    says: /sample\.json: ".*" is missing; .*remove the folder, or give another/,
  },
  {
    args: "dataset fashion-mnist-multilabel --out @/digix",
    code: 1,
    damage: put("digix/sample.json", '{"synthetic": true, "seed": 1, "version": 1}'),
    what: "sample.json of a multi-label sample without sizes",
    says: /sample\.json: ".*" is missing; .*multi-label sample.*remove the folder, or give another/,
  },
];

const PRINTED = "extract --dataset @/pics --out @/o --shards 2 --print --cluster @/cluster.json";
const LISTED = "extract --dataset @/pics --out @/o --shard 1/2 --shard-list @/list.json";

/** Files of work on a cluster: none is in the fixture. */
const clusters: readonly BadInput[] = [
  [PRINTED, "cluster.json", "{", /cluster\.json: this is no JSON; expected the settings of a cluster/],
  [
    PRINTED,
    "cluster.json",
    '{"cpus": 0}',
    /cluster\.json: "cpus" cannot be this; expected a whole number of at least 1/,
  ],
  [PRINTED, "cluster.json", '{"partiton": "gpu"}', /cluster\.json: "partiton" is no setting.*expected "partition"/],
  [PRINTED, "cluster.json", '{"memory": "8 GB"}', /cluster\.json: "memory" cannot be this; expected a number of MiB/],
  [LISTED, "list.json", "[]", /list\.json: this is not the list of a shard's items; .*submit the extraction again/],
  [LISTED, "list.json", '{"format": 1, "items": 3}', /list\.json: "dataset" is missing/],
  [
    "extract --dataset @/pics --out @/o --shards 2 --on slurm",
    "o/cluster/submitted.json",
    '{"format": 1}',
    /submitted\.json: "tasks" is missing; .*remove it/,
  ],
].map(([args, name, text, says]): BadInput => {
  const what = `${name} that holds ${text}`;
  return { args: args as string, code: 1, damage: put(name as string, text as string), what, says: says as RegExp };
});

/** Damaged JSON files: whole files, single fields, configs, notebooks. */
export const BAD_JSON: readonly BadInput[] = [
  ...whole,
  ...ofChallenges,
  ...fields,
  ...configs,
  ...notebooks,
  ...connections,
  ...others,
  ...clusters,
];
