import { readFileSync } from "node:fs";
import { Ajv } from "ajv";

const schemaFile = new URL("../goldens/nbformat/nbformat.v4.5.schema.json", import.meta.url);

/** What the official schema of nbformat 4.5 has against a notebook; empty when nothing. */
export function schemaErrors(notebook: unknown): string[] {
  const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
  // It is written for draft 4; apart from its name nothing in it differs from what ajv knows.
  delete schema.$schema;
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  return validate(JSON.parse(JSON.stringify(notebook)))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
