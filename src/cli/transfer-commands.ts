import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { EXAMPLES } from "./examples.js";
import type { ExportFlags } from "./export.js";
import type { ImportFlags } from "./import.js";
import { print } from "./print.js";
import { addSettings, settingsOf } from "./settings.js";

/** "a,b" and again "c" → a, b, c. */
function list(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(",").filter((part) => part !== "")];
}

/** What is to be read of a cluster. */
function addSelection(command: Command): Command {
  return command
    .option("--resources <LIST>", "only these, and what they are in or defined by: pods,deployments.apps", list)
    .option("--exclude <LIST>", "all but these", list)
    .option("--namespace <LIST>", "of what is in namespaces, only those in these", list)
    .option("--selector <TEXT>", "only objects with these labels, and what they are in or defined by")
    .option("--redact-secrets", "leave the values of Secrets, and copies of them in their annotations, behind")
    .option("--skip-unreadable", "go on without what can't be read, and tell what that is");
}

const tell = (line: string) => process.stderr.write(`${line}\n`);

export function describeImport(command: Command): Command {
  command
    .description("make an emulated cluster of any cluster's objects, in the running fleet")
    .requiredOption("--kubeconfig <FILE>", "of the cluster to read")
    .option("--context <NAME>", "in the kubeconfig; by default the current one")
    .option("--name <NAME>", "of the new cluster; by default the next of the row");
  return addSettings(addSelection(command), ["out"])
    .addHelpText("after", EXAMPLES.import)
    .action(async (flags: ImportFlags) => {
      const { importCluster } = await import("./import.js");
      print(await importCluster(settingsOf(command).out, flags, tell));
    });
}

export function describeExport(command: Command): Command {
  command
    .description("write what a cluster of the running fleet holds as YAML, for --load or kubectl create")
    .argument("<NAME>", "the cluster's name")
    .option("-o, --output <FOLDER>", "a file for each kind there; by default all goes to standard output", "-")
    .option("--full", "everything as it is: what servers make and fill in, too")
    .option("--no-status", "without status");
  return addSettings(addSelection(command), ["out"])
    .addHelpText("after", EXAMPLES.export)
    .action(async (name: string, { output, ...flags }: ExportFlags & { readonly output: string }) => {
      const { exportCluster, writeFolder } = await import("./export.js");
      const documents = await exportCluster(settingsOf(command).out, name, flags, tell);
      if (output === "-") await printAll(documents);
      else writeFolder(output, documents);
    });
}

/** A reader that leaves early is no error. */
async function printAll(documents: Iterable<{ readonly text: string }>): Promise<void> {
  const texts = (function* () {
    for (const { text } of documents) yield text;
  })();
  try {
    await pipeline(Readable.from(texts), process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
