/** One output under several MIME types: JSON types as objects, text as text, bytes as base64. */
export type MimeBundle = Record<string, unknown>;
