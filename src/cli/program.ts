import { Command, CommanderError, Help } from "commander";
import { StartError } from "../cluster/start-error.js";
import { ConfigError } from "../config/resolve.js";
import { EXAMPLES, SETTINGS_NOTE } from "./examples.js";
import { describeClusters, describeNodes } from "./fleet-commands.js";
import { describeDemote, describePromote } from "./move-commands.js";
import { print } from "./print.js";
import { addSettings, settingsOf } from "./settings.js";
import { describeExport, describeImport } from "./transfer-commands.js";

/** Exit codes: 1, something could not be done; 2, the command line or a setting is wrong. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv[0] === "--version" ? ["version"] : [...argv], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError) return refuse(error.message, 2);
    if (error instanceof StartError) return refuse(error.message, 1);
    throw error;
  }
}

function refuse(message: string, code: number): number {
  process.stderr.write(`fake-apiserver: ${message}\n`);
  return code;
}

/** What a command needs is loaded when it is run: the server is most of the program, and most commands don't serve. */
function program(): Command {
  const root = new Command("fake-apiserver")
    .usage("[serve] [settings]\n       fake-apiserver COMMAND")
    .description("A fleet of Kubernetes API servers in one process.")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: print, outputError: (text, write) => write(oneLine(text)) })
    .option("--version", "print versions")
    .helpOption("-h, --help", "show this");
  const serving = describeServe(root.command("serve", { isDefault: true }));
  describeKubeconfig(root.command("kubeconfig"));
  describeClusters(root.command("clusters"));
  describeNodes(root.command("nodes"));
  describeImport(root.command("import"));
  describeExport(root.command("export"));
  describePromote(root.command("promote"));
  describeDemote(root.command("demote"));
  describeHealth(root.command("health"));
  describeVersion(root.command("version"));
  showSettingsOf(serving, root);
  return root.addHelpText("after", EXAMPLES.root);
}

/** What the default command takes is what somebody who asks for help wants to see. */
function showSettingsOf(serving: Command, root: Command): void {
  const plain = new Help();
  root.configureHelp({
    visibleOptions: (command) => [...(command === root ? serving.options : []), ...plain.visibleOptions(command)],
  });
}

/** Commander puts its suggestion on a line of its own. */
function oneLine(text: string): string {
  const [what, suggestion] = text
    .replace(/^error: /, "")
    .trimEnd()
    .split("\n");
  return `fake-apiserver: ${what!.replace(/\.$/, "")}${suggestion === undefined ? "" : ` ${suggestion}`}; see --help\n`;
}

function describeServe(command: Command): Command {
  command.description("serve a fleet until interrupted; the default");
  return addSettings(command)
    .allowExcessArguments()
    .addHelpText("after", EXAMPLES.serve + SETTINGS_NOTE)
    .action(async () => {
      const [stray] = command.args;
      if (stray !== undefined) throw new ConfigError(`there is no command ${JSON.stringify(stray)}; see --help`);
      const config = settingsOf(command);
      const { serve } = await import("./serve.js");
      await serve(config);
    });
}

function describeKubeconfig(command: Command): Command {
  command
    .description("print a cluster's kubeconfig; its credential is made when there is none yet")
    .argument("<NAME>", "the cluster's name");
  return addSettings(command, ["out"])
    .addHelpText("after", EXAMPLES.kubeconfig)
    .action(async (name: string) => {
      const { printKubeconfig } = await import("./kubeconfig.js");
      print(await printKubeconfig(settingsOf(command).out, name));
    });
}

function describeHealth(command: Command): Command {
  command.description("ask the running fleet's first cluster whether it is ready");
  return addSettings(command, ["out"])
    .addHelpText("after", EXAMPLES.health)
    .action(async () => {
      const { askHealth } = await import("./health.js");
      print(await askHealth(settingsOf(command).out));
    });
}

function describeVersion(command: Command): Command {
  return command
    .description("print versions")
    .option("-o, --output <FORMAT>", "text, json or yaml", "text")
    .addHelpText("after", EXAMPLES.version)
    .action(async ({ output }: { output: string }) => {
      const { versionText } = await import("./version.js");
      print(versionText(output));
    });
}
