import { type Command, Option } from "commander";
import { PRESETS, PROXY_WAYS, type Promotion } from "../cluster/spec.js";
import { EXAMPLES } from "./examples.js";
import { addSettings, settingsOf } from "./settings.js";

const NAME = ["<NAME>", "the cluster's name"] as const;

interface PromoteFlags extends Omit<Promotion, "flags"> {
  readonly flag?: readonly string[];
}

/** Waits until it is done: some seconds, or a minute on a machine that has a lot to do. */
export function describePromote(command: Command): Command {
  const more = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
  command
    .description("have a real kube-apiserver take an emulated cluster's place, with all that it holds")
    .argument(...NAME)
    .addOption(new Option("--proxy <WAY>", "how clients get to it (default: terminate)").choices(PROXY_WAYS))
    .addOption(new Option("--preset <PRESET>", "flags of its kube-apiserver (default: the fleet's)").choices(PRESETS))
    .option("--flag <FLAG>", "another flag of it: --flag=--v=4; can be repeated", more)
    .addOption(
      new Option("--start <WHEN>", "whether a restart starts it before anybody asks").choices(["ahead", "demand"]),
    );
  return addSettings(command, ["out"])
    .addHelpText("after", EXAMPLES.promote)
    .action(async (name: string, { proxy, preset, start, flag }: PromoteFlags) => {
      const { promoteCluster } = await import("./clusters.js");
      const promotion = {
        ...(proxy === undefined ? {} : { proxy }),
        ...(preset === undefined ? {} : { preset }),
        ...(start === undefined ? {} : { start }),
        ...(flag === undefined ? {} : { flags: flag }),
      };
      await promoteCluster(settingsOf(command).out, name, promotion);
    });
}

export function describeDemote(command: Command): Command {
  command.description("emulate a cluster that has a kube-apiserver, with all that it holds").argument(...NAME);
  return addSettings(command, ["out"])
    .addHelpText("after", EXAMPLES.demote)
    .action(async (name: string) => {
      const { demoteCluster } = await import("./clusters.js");
      await demoteCluster(settingsOf(command).out, name);
    });
}
