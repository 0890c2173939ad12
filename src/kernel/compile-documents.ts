import ts = require("typescript");

/** Version of a library's file that is parsed with its documentation. */
export const DOCUMENTED = "documented";

/**
 * Parsed files, each once. A third of the time that Node's types take to parse goes into their comments, which matter only
 * when somebody asks: files of packages are parsed without, until their version is {@link DOCUMENTED}.
 */
export function createDocuments(): ts.DocumentRegistry {
  const documents = new Map<string, { version: string; file: ts.SourceFile }>();
  const document = (
    name: string,
    snapshot: ts.IScriptSnapshot,
    version: string,
    kind: ts.ScriptKind | undefined,
    options: ts.CreateSourceFileOptions | ts.ScriptTarget | undefined,
  ): ts.SourceFile => {
    const known = documents.get(name);
    if (known?.version === version) return known.file;
    const isBare = name.includes("/node_modules/") && version !== DOCUMENTED;
    const settings = {
      ...(typeof options === "object" ? options : { languageVersion: options ?? ts.ScriptTarget.ES2022 }),
      jsDocParsingMode: isBare ? ts.JSDocParsingMode.ParseNone : ts.JSDocParsingMode.ParseAll,
    };
    const file = ts.createLanguageServiceSourceFile(
      name,
      snapshot,
      settings,
      version,
      /* setNodeParents */ false,
      kind,
    );
    documents.set(name, { version, file });
    return file;
  };
  return {
    acquireDocument: (name, _, snapshot, version, kind, options) => document(name, snapshot, version, kind, options),
    updateDocument: (name, _, snapshot, version, kind, options) => document(name, snapshot, version, kind, options),
    acquireDocumentWithKey: (name, _path, _settings, _key, snapshot, version, kind, options) =>
      document(name, snapshot, version, kind, options),
    updateDocumentWithKey: (name, _path, _settings, _key, snapshot, version, kind, options) =>
      document(name, snapshot, version, kind, options),
    getKeyForCompilationSettings: () => "" as ts.DocumentRegistryBucketKey,
    // A file that no cell uses any more may be used again.
    releaseDocument: () => {},
    releaseDocumentWithKey: () => {},
    reportStats: () => "",
  };
}
