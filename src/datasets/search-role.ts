/** What a labelled image would be in a test: something that is searched with, or something that is found. */
export type SearchRole = "query" | "gallery";
