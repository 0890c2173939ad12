/** What results are ordered by: Hamming distance, or something finer among the nearest by it. */
export type SearchOrder = "hamming" | "asymmetric" | "cosine";

export const SEARCH_ORDERS: readonly SearchOrder[] = ["hamming", "asymmetric", "cosine"];
