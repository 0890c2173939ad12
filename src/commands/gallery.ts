import { Command } from "commander";
import { galleryDropCommand } from "./gallery-drop.js";
import { galleryInfoCommand } from "./gallery-info.js";
import { galleryPushCommand } from "./gallery-push.js";

/** `hashbook gallery`: galleries in an engine, for those that outgrow this machine. */
export function galleryCommand(): Command {
  return new Command("gallery")
    .description("galleries in Milvus or ClickHouse: push, info, drop")
    .addCommand(galleryPushCommand())
    .addCommand(galleryInfoCommand())
    .addCommand(galleryDropCommand());
}
