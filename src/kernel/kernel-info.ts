import { createRequire } from "node:module";
import { version } from "../core/version.js";
import { PROTOCOL_VERSION } from "./publisher.js";

/** The version of the compiler, which is that of the language; the compiler itself need not be loaded for it. */
function typeScriptVersion(): string {
  return createRequire(import.meta.url)("typescript/package.json").version;
}

/** The content of a `kernel_info_reply`. */
export function kernelInfo(): Record<string, unknown> {
  const typescript = typeScriptVersion();
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "hashbook",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "application/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "typescript" },
      nbconvert_exporter: "script",
    },
    banner: `hashbook ${version}: TypeScript ${typescript} on Node ${process.versions.node}`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest-v20.x/api/" },
      { text: "TensorFlow.js", url: "https://js.tensorflow.org/api/latest/" },
    ],
    debugger: false,
    supported_features: [],
  };
}
