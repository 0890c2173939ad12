// The public API, so that a change to it is seen in review: its names, that each says what it is, and that the examples of
// the documentation compile as people compile them and run.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../src/core/random.js";

type Compiler = typeof ts;

const require = createRequire(import.meta.url);
/** The compiler that tslab brings for cells. */
const tslabTypeScript: Compiler = createRequire(require.resolve("tslab/package.json"))("@tslab/typescript-for-tslab");

const root = fileURLToPath(new URL("..", import.meta.url));
const declarations = join(root, "lib", "index.d.ts");

/** All exported values; types are not counted. */
const NAMES: readonly string[] = [
  "HashbookError",
  "InputError",
  "KNOWN_METRICS",
  "METHODS",
  "PROTOCOLS",
  "answerFold",
  "applyWhitening",
  "ballRows",
  "binarize",
  "bitBalanceOf",
  "bitCorrelation",
  "bitCorrelationFigure",
  "bootstrapInterval",
  "calibrateBackbone",
  "cellProgress",
  "challengeCandidates",
  "challengeConfig",
  "challengeNotice",
  "challengeStrips",
  "choiceRows",
  "chooseCandidate",
  "chooseEngine",
  "classPrecision",
  "codeMethods",
  "compare",
  "compareMethods",
  "compareRankings",
  "contactSheet",
  "continuationBeta",
  "cosineBaseline",
  "cosineScores",
  "csvTable",
  "datasetSummary",
  "defineMethod",
  "defineMetric",
  "denormalise",
  "distancesOf",
  "effectFigure",
  "effectRows",
  "effectSentences",
  "encodeFeatures",
  "encodedSides",
  "environment",
  "evaluateCodes",
  "evaluateCodesInDetail",
  "evaluateScoresInDetail",
  "evaluateSplit",
  "exampleQueries",
  "exampleSheet",
  "experimentOf",
  "exportModel",
  "extractFeatures",
  "extractFeaturesBy",
  "featureMapFigure",
  "featureMethods",
  "findByCodes",
  "findByCosine",
  "findLeaks",
  "fineTune",
  "fingerprintImages",
  "fitLearnedWhitening",
  "fitMethod",
  "fitWhitening",
  "foldRows",
  "foldVerdict",
  "hashingSplit",
  "heldOutFeatures",
  "imageFeatures",
  "itqHead",
  "jpegOf",
  "judgeSubmission",
  "latexTable",
  "learningCurvesOf",
  "linesFigure",
  "liveLearningCurves",
  "loadMethod",
  "loadModel",
  "manifestOf",
  "mapByBitsOf",
  "markdownTable",
  "measureByBitsOf",
  "methodOf",
  "openBackbone",
  "openChallenge",
  "openDataset",
  "openEmbedder",
  "openGallery",
  "openProtocol",
  "openProtocolStudy",
  "openStudy",
  "openStudyDataset",
  "optionRows",
  "packCodes",
  "packageFolder",
  "pairedTest",
  "precisionAtFigure",
  "precisionAtOf",
  "precisionRecallOf",
  "preprocess",
  "principalComponents",
  "productStrips",
  "protocolFacts",
  "protocolOf",
  "protocolRows",
  "pushGallery",
  "quantisationOf",
  "queriesOfProducts",
  "radiusTwoByBitsOf",
  "rankGallery",
  "rankingCandidates",
  "rankingGrid",
  "rankingRows",
  "readCodes",
  "readDataFolder",
  "readFeatures",
  "readLabels",
  "readManifest",
  "readNpy",
  "readOrCompute",
  "readStudy",
  "recallAtOf",
  "recallByRadiusOf",
  "registerDisplay",
  "reproduce",
  "rerankedMethods",
  "resultRows",
  "resultStrips",
  "rowsByClass",
  "runExperiment",
  "runExperiments",
  "runsPath",
  "saveFigure",
  "saveModel",
  "scheduleFigure",
  "scoreByProducts",
  "scoreByProductsFigure",
  "scoreOverFolds",
  "searchNearest",
  "searchStrips",
  "seedVerdict",
  "settingEffects",
  "show",
  "showFigure",
  "showImage",
  "showMarkdown",
  "showTable",
  "shuffledTies",
  "shuffledTiesFigure",
  "smoke",
  "splitOf",
  "studyFigures",
  "studySplit",
  "submissionLines",
  "submitChoice",
  "submittedSentences",
  "sweep",
  "takeSide",
  "tf",
  "trainConfig",
  "trainHead",
  "transferAccuracy",
  "trivialVerdict",
  "typicalQueries",
  "unseenClassSplit",
  "unseenRows",
  "unseenStudy",
  "version",
  "worstQueries",
  "writeAtomically",
  "writeManifest",
  "writeNpy",
  "writeSubmission",
];

/** What a module exports, by name, as the compiler sees its declarations. */
function exportsOf(file: string): { name: string; isValue: boolean; comment: string }[] {
  const program = ts.createProgram([file], compilerOptions(ts));
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  return checker.getExportsOfModule(module).map(symbol => {
    const isType = symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) === true; // `export { type Random }` is no value
    const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const comment = ts.displayPartsToString(meant.getDocumentationComment(checker));
    return { name: symbol.name, isValue: !isType && (meant.flags & ts.SymbolFlags.Value) !== 0, comment };
  });
}

/** A folder of its own in the checkout, where types are found as from notebooks/; git does not look into runs/. */
function folderForExamples(): string {
  mkdirSync(join(root, "runs"), { recursive: true });
  return mkdtempSync(join(root, "runs", ".example-"));
}

function compilerOptions(compiler: Compiler): ts.CompilerOptions {
  return {
    target: compiler.ScriptTarget.ES2022,
    module: compiler.ModuleKind.NodeNext,
    moduleResolution: compiler.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules", "@types")],
  };
}

/** The examples of a text: what stands between ```ts and ```. Each imports what it uses. */
function examplesOf(text: string, count: number): string[] {
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(blocks).toHaveLength(count);
  return blocks;
}

const documented = readFileSync(join(root, "src", "index.ts"), "utf8");
const moduleComment = documented.slice(0, documented.indexOf("*/"));
const [ofStudies, ofPictures, ofGallery] = examplesOf(readFileSync(join(root, "README.md"), "utf8"), 3);
const examples = {
  "src/index.ts": examplesOf(moduleComment.replaceAll(/^ \* ?/gm, ""), 1)[0],
  "README.md on studies": ofStudies,
  "README.md on one's own code": ofPictures,
  "README.md on a search service": ofGallery,
};

describe("the public API", () => {
  const all = exportsOf(declarations);
  const values = all.filter(({ isValue }) => isValue);

  it("is these names", () => {
    expect(values.map(({ name }) => name).sort()).toEqual(NAMES);
  });

  it("is small enough to be read", () => {
    expect(values.length).toBeGreaterThanOrEqual(100);
    expect(values.length).toBeLessThanOrEqual(196);
  });

  it("has what notebooks, templates and README call", () => {
    const folders = ["notebooks", "templates/study"].map(folder => join(root, folder));
    const files = folders.flatMap(folder => readdirSync(folder).map(file => join(folder, file)));
    const texts = [...files.filter(file => file.endsWith(".ipynb")), join(root, "README.md")];
    const called = texts.flatMap(file => readFileSync(file, "utf8").match(/\bhb\.\w+/g) ?? []);
    expect(called.length).toBeGreaterThan(100);
    const known = new Set(all.map(({ name }) => `hb.${name}`));
    expect([...new Set(called)].filter(name => !known.has(name))).toEqual([]);
  });

  it("is what the module exports when it runs", async () => {
    const module = await import(pathToFileURL(join(root, "lib", "index.js")).href);
    expect(Object.keys(module).sort()).toEqual(NAMES);
  });

  it("says of each name, types too, what it is", () => {
    const silent = all.filter(({ name, comment }) => name !== "tf" && comment.trim() === "");
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

describe.each(Object.entries(examples))("the example of %s", (_, code) => {
  let folder: string;

  beforeAll(() => {
    folder = folderForExamples();
    writeFileSync(
      join(folder, "example.mts"),
      code.replace(/"(hashbook|\.\.\/lib\/index\.js)"/, '"../../lib/index.js"'),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const faults = (compiler: Compiler, strict: boolean): string[] => {
    const program = compiler.createProgram([join(folder, "example.mts")], { ...compilerOptions(compiler), strict });
    const messages = compiler.getPreEmitDiagnostics(program);
    return messages.map(({ messageText }) => compiler.flattenDiagnosticMessageText(messageText, "\n"));
  };

  it("compiles with our TypeScript, strict", () => {
    expect(faults(ts, true)).toEqual([]);
  });

  it("compiles with tslab's TypeScript, not strict", () => {
    expect(tslabTypeScript.version).toBe("5.0.4");
    expect(faults(tslabTypeScript, false)).toEqual([]);
  });
});

describe("the checks", () => {
  it.each([
    ["ours", ts, true],
    ["tslab's", tslabTypeScript, false],
  ] as const)("see a wrong call with %s compiler", (_, compiler, strict) => {
    const folder = folderForExamples();
    try {
      const file = join(folder, "example.mts");
      writeFileSync(file, 'import * as hb from "../../lib/index.js";\nhb.openDataset(3);\nhb.packedCodes;\n');
      const program = compiler.createProgram([file], { ...compilerOptions(compiler), strict });
      expect(compiler.getPreEmitDiagnostics(program)).toHaveLength(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the example of the module, run", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hashbook-example-"));
    await drawPictures(join(folder, "pictures"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("trains a method of one's own beside HashNet and prints a row of each", async () => {
    const lib = pathToFileURL(join(root, "lib", "index.js")).href;
    const { outputText } = ts.transpileModule(examples["src/index.ts"].replace('"hashbook"', JSON.stringify(lib)), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, "example.mjs"), outputText);
    const env = { ...process.env, HASHBOOK_HOME: folder };
    const { stdout } = await promisify(execFile)(process.execPath, ["example.mjs"], { cwd: folder, env });
    const rows = stdout.split("\n").filter(line => /Contrastive|HashNet/.test(line));
    expect(rows).toHaveLength(2);
    // Stripes of three widths are easy to tell apart; chance is a mAP of a third, and what codes collapse to.
    for (const row of rows) expect(Number(row.split("│")[5])).toBeGreaterThan(0.9);
  });
});

/** Three classes of 27 pictures: stripes of a width each, at random angles of colour. */
async function drawPictures(folder: string): Promise<void> {
  const random = new Random(0);
  const side = 64;
  for (const [name, width] of Object.entries({ fine: 2, middle: 8, broad: 24 })) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 27; i++) {
      const colour = [0, 1, 2].map(() => random.integer(200));
      const shift = random.integer(width);
      const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
        const x = Math.floor(at / 3) % side;
        return Math.floor((x + shift) / width) % 2 === 0 ? 255 : colour[at % 3];
      });
      await sharp(data, { raw: { width: side, height: side, channels: 3 } }).toFile(join(folder, name, `${i}.png`));
    }
  }
}
