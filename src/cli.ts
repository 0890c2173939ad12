// The `hashbook` command. bin/hashbook.js runs it.
import { Command, CommanderError } from "commander";
import { HashbookError, UsageError } from "./core/errors.js";
import { nearestName } from "./core/nearest-name.js";
import { version } from "./core/version.js";
import { systemFault, writeFault } from "./core/write-fault.js";
import { askedRanking } from "./ranking/ranking-request.js";

/** The commands, loaded when they are called or when help lists them all. To add one, add a line. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  doctor: async () => (await import("./commands/doctor.js")).doctorCommand(),
  new: async () => (await import("./commands/new.js")).newCommand(),
  run: async () => (await import("./commands/run.js")).runCommand(),
  lab: async () => (await import("./commands/lab.js")).labCommand(),
  kernel: async () => (await import("./commands/kernel.js")).kernelCommand(),
  dataset: async () => (await import("./commands/dataset.js")).datasetCommand(),
  weights: async () => (await import("./commands/weights.js")).weightsCommand(),
  features: async () => (await import("./commands/features.js")).featuresCommand(),
  extract: async () => (await import("./commands/extract.js")).extractCommand(),
  split: async () => (await import("./commands/split.js")).splitCommand(),
  train: async () => (await import("./commands/train.js")).trainCommand(),
  "fine-tune": async () => (await import("./commands/fine-tune.js")).fineTuneCommand(),
  encode: async () => (await import("./commands/encode.js")).encodeCommand(),
  codes: async () => (await import("./commands/codes.js")).codesCommand(),
  export: async () => (await import("./commands/export.js")).exportCommand(),
  sweep: async () => (await import("./commands/sweep.js")).sweepCommand(),
  runs: async () => (await import("./commands/runs.js")).runsCommand(),
  evaluate: async () => (await import("./commands/evaluate.js")).evaluateCommand(),
  compare: async () => (await import("./commands/compare.js")).compareCommand(),
  submit: async () => (await import("./commands/submit.js")).submitCommand(),
  challenge: async () => (await import("./commands/challenge.js")).challengeCommand(),
  score: async () => (await import("./commands/score.js")).scoreCommand(),
  reproduce: async () => (await import("./commands/reproduce.js")).reproduceCommand(),
  gallery: async () => (await import("./commands/gallery.js")).galleryCommand(),
  search: async () => (await import("./commands/search.js")).searchCommand(),
  serve: async () => (await import("./commands/serve.js")).serveCommand(),
};

const EXAMPLES = `
Examples:
  $ hashbook <command> --help        what a command does, its options, examples

Exit codes: 0 done, 1 failed (the message says what to do), 2 bad usage. With --json a command prints one JSON
document on stdout; all else goes to stderr. HASHBOOK_DEBUG=1 adds the stack to error messages.`;

/** Runs one command line and returns its exit code: 0, 1 (failed) or 2 (bad usage). */
export async function runCli(args: readonly string[]): Promise<number> {
  process.stdout.on("error", outputLost);
  let program: Command | undefined;
  try {
    program = await programFor(args[0]);
    await program.parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    return report(
      error instanceof CommanderError ? wrongFlags(error, calledBy(args, program)) : await systemFault(error),
    );
  }
}

/** A reader that goes away early (`hashbook … | head`) is no failure of ours; a file that could not take all is. */
function outputLost(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  writeFault(error, "/dev/stdout").then(fault => process.exit(report(fault)));
}

/** The program with the command called, or with all of them when the first argument is none. */
async function programFor(first: string | undefined): Promise<Command> {
  const program = new Command("hashbook")
    .description("Train and judge deep-hashing image retrieval: HashNet and Deep Cauchy Hashing.")
    .version(version)
    .enablePositionalOptions() // an option behind a subcommand is its own: `runs --json`, `runs keep x --json`
    .configureOutput({ outputError: () => undefined }) // report() says it, in one paragraph
    .addHelpText("after", EXAMPLES)
    .hook("preAction", () => void askedRanking()); // a misspelt HASHBOOK_RANKING is told at once, whatever will rank
  const called = first !== undefined && Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
  for (const name of called) program.addCommand(await COMMANDS[name]());
  throwInsteadOfExit(program);
  return program;
}

/** Commander would exit on its own, with 1 for bad usage; commands made elsewhere do not inherit these settings. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    throwInsteadOfExit(child);
  }
}

/** What commander refused as an error of ours; unchanged where it was help that was asked for. */
function wrongFlags(error: CommanderError, called: Command | undefined): Error {
  if (error.exitCode === 0 || error.code === "commander.help") return error;
  const misspelt = error.code === "commander.missingMandatoryOptionValue" ? unknownFlag(called) : undefined;
  const message = misspelt ?? error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return new UsageError(`${message}${/[.?)]$/.test(message) ? "" : "."} --help shows usage and examples.`);
}

/** The command that a command line calls: `merge` of `features merge`. */
function calledBy([first, ...rest]: readonly string[], command: Command | undefined): Command | undefined {
  const child = command?.commands.find(one => one.name() === first);
  return child === undefined ? command : calledBy(rest, child);
}

/** Commander names a flag that is missing before one that is unknown, though this may be that one, misspelt. */
function unknownFlag(called: Command | undefined): string | undefined {
  const flag = called?.args.find(argument => argument.startsWith("-"));
  if (called === undefined || flag === undefined) return undefined;
  const known = called.options.flatMap(({ long }) => long ?? []);
  const nearest = nearestName(flag.split("=")[0], known);
  return `unknown option '${flag}'${nearest === undefined ? "" : ` (Did you mean ${nearest}?)`}`;
}

/** Says on stderr what went wrong, in one paragraph, and chooses the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // help, which commander has printed
  process.stderr.write(`hashbook: ${process.env.HASHBOOK_DEBUG ? stackOf(error) : sentenceOf(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

function sentenceOf(error: unknown): string {
  if (error instanceof HashbookError) return error.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `a fault of hashbook itself, or of a library: ${what.split("\n")[0]}; HASHBOOK_DEBUG=1 shows where it arose`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
