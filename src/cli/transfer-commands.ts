import type { Command } from "commander";
import { EXAMPLES } from "./examples.js";
import type { ImportFlags } from "./import.js";
import { print } from "./print.js";
import { addSettings, settingsOf } from "./settings.js";

/** "a,b" and again "c" → a, b, c. */
function list(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(",").filter((part) => part !== "")];
}

export function describeImport(command: Command): Command {
  command
    .description("make an emulated cluster of any cluster's objects, in the running fleet")
    .requiredOption("--kubeconfig <FILE>", "of the cluster to read")
    .option("--context <NAME>", "in the kubeconfig; by default the current one")
    .option("--name <NAME>", "of the new cluster; by default the next of the row")
    .option("--resources <LIST>", "only these, and what they are in or defined by: pods,deployments.apps", list)
    .option("--exclude <LIST>", "all but these", list)
    .option("--namespace <LIST>", "of what is in namespaces, only those in these", list)
    .option("--selector <TEXT>", "only objects with these labels, and what they are in or defined by")
    .option("--redact-secrets", "leave the values of Secrets, and copies of them in their annotations, behind")
    .option("--skip-unreadable", "go on without what the cluster does not show or the fleet does not have");
  return addSettings(command, ["out"])
    .addHelpText("after", EXAMPLES.import)
    .action(async (flags: ImportFlags) => {
      const { importCluster } = await import("./import.js");
      print(await importCluster(settingsOf(command).out, flags, (line) => process.stderr.write(`${line}\n`)));
    });
}
