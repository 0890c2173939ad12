import type { BackboneFlags } from "../embedding/model-backbone.js";

/** What `hashbook export` is told. */
export interface ExportFlags extends BackboneFlags {
  model: string;
  method?: string;
  out: string;
  data?: string;
  codes?: string;
  batch: number;
  json: boolean;
}
