import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createDocuments, DOCUMENTED } from "./compile-documents.js";

import ts = require("typescript");

/** The files of the cells, which exist in memory only, beside those of the disk, as one program that TypeScript keeps. */
export interface CellProgram {
  readonly service: ts.LanguageService;
  /** The cell that is being compiled. */
  readonly cellFile: string;
  /** A copy of the cell being typed, for completion and inspection. */
  readonly draftFile: string;
  /** Puts a text into one of the files above, or into that of a cell that has run. */
  write(file: string, text: string): void;
  /** @returns the path of the file that keeps what the cell of a number declares */
  fileOf(serial: number): string;
  isCellFile(file: string): boolean;
  /** Has files of libraries parsed with their documentation. @returns whether that is news */
  document(files: readonly string[]): boolean;
  /** What a cell writes behind `from` to import from that file. */
  specifierOf(serial: number): string;
}

const own = createRequire(import.meta.url);

/** Files of cells begin with this; where types are shown, it is taken out. */
export const CELL_FILE_PREFIX = ".hashbook-cell-";

/** What cells have of our kernel beside what Node gives them. */
const KERNEL_GLOBALS = `
/** Asks the user, and waits. @returns the answer, or \`otherwise\` where it is empty */
declare function prompt(question?: string, otherwise?: string): string;
/** Asks the user, and waits. @returns whether the answer is yes */
declare function confirm(question?: string): boolean;
`;

/** A folder of installed packages, found from this file, whatever folder the notebook lies in. */
function packageFolder(name: string): string {
  return dirname(own.resolve(`${name}/package.json`));
}

/**
 * Cells are modules as bundlers see them: what a package exports to `import`, names of CommonJS modules included. They are
 * checked strictly.
 */
export function cellOptions(): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ES2022,
    // "dom" is left out: its two thousand names would stand between the user and what he looks for.
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    esModuleInterop: true,
    resolveJsonModule: true,
    allowImportingTsExtensions: true,
    types: ["node"],
    typeRoots: [dirname(packageFolder("@types/node"))],
    // Under our kernel `tslab` is a small stand-in, also where the notebook's folder knows no package of that name.
    paths: { tslab: [join(packageFolder("tslab"), "dist/public.d.ts")] },
    strict: true,
    skipLibCheck: true,
    preserveConstEnums: true,
    sourceMap: true,
  };
}

/**
 * @param folder the notebook's folder, from which imports are resolved
 * @param registry of parsed files, where several programs share them
 */
export function createCellProgram(folder: string, registry: ts.DocumentRegistry = createDocuments()): CellProgram {
  const cellFile = join(folder, `${CELL_FILE_PREFIX}now.ts`);
  const draftFile = join(folder, `${CELL_FILE_PREFIX}draft.ts`);
  const texts = new Map<string, string>();
  let writes = 0;
  const write = (file: string, text: string): void => {
    texts.set(file, text);
    writes++;
  };
  write(cellFile, "");
  write(draftFile, "");
  const globalsFile = join(folder, `${CELL_FILE_PREFIX}globals.d.ts`);
  write(globalsFile, KERNEL_GLOBALS);
  const documented = new Set<string>();
  const host: ServiceHost = {
    ...serviceHost(folder, [globalsFile, cellFile, draftFile], texts),
    getProjectVersion: () => String(writes + documented.size),
    // What is in memory is told from what it was before by itself. Files of the disk are taken to stay what they are, for
    // Node imports a module once as well, but for TypeScript of one's own (typescript-files.ts).
    getScriptVersion: file => texts.get(file) ?? (documented.has(file) ? DOCUMENTED : changeOf(file)),
  };
  const service = ts.createLanguageService(host, registry);
  return {
    service,
    cellFile,
    draftFile,
    write,
    fileOf: serial => join(folder, `${CELL_FILE_PREFIX}${serial}.ts`),
    isCellFile: file => texts.has(file),
    document(files) {
      const before = documented.size;
      for (const file of files) if (!texts.has(file) && !isOwn(file)) documented.add(file);
      return documented.size > before;
    },
    specifierOf: serial => `./${CELL_FILE_PREFIX}${serial}`,
  };
}

/** Whether a file is a TypeScript source of one's own, which is edited while the kernel runs. */
function isOwn(file: string): boolean {
  return /\.tsx?$/.test(file) && !file.endsWith(".d.ts") && !file.includes("/node_modules/");
}

/** Another text for another state of a file of the disk. */
function changeOf(file: string): string {
  return isOwn(file) ? `${ts.sys.getModifiedTime?.(file)?.getTime()}` : "";
}

type ServiceHost = ts.LanguageServiceHost & Pick<ts.CompilerHost, "getModuleResolutionCache">;

function serviceHost(
  folder: string,
  roots: string[],
  texts: ReadonlyMap<string, string>,
): Omit<ServiceHost, "getScriptVersion"> {
  const options = cellOptions();
  // TypeScript asks for every file again with every cell.
  const disk = new Map<string, string>();
  const read = (file: string): string | undefined => {
    const text = texts.get(file) ?? disk.get(file) ?? ts.sys.readFile(file);
    if (text !== undefined && !texts.has(file) && !isOwn(file)) disk.set(file, text);
    return text;
  };
  const resolutions = ts.createModuleResolutionCache(folder, name => name, options);
  return {
    getCompilationSettings: () => options,
    getScriptFileNames: () => roots,
    getScriptSnapshot: file => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: file => texts.has(file) || disk.has(file) || ts.sys.fileExists(file),
    readFile: read,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
    getModuleResolutionCache: () => resolutions,
    resolveModuleNameLiterals(literals, from, redirected, settings) {
      const found = literals.map(({ text }) =>
        ts.resolveModuleName(text, from, settings, this, resolutions, redirected, ts.ModuleKind.ESNext),
      );
      // What is not there may be installed before the cell is run again.
      if (found.some(({ resolvedModule }) => resolvedModule === undefined)) resolutions.clear();
      return found;
    },
  };
}
