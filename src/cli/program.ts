import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { parse } from "yaml";
import { StartError } from "../cluster/start-error.js";
import { envName, OPTIONS, yamlName } from "../config/options.js";
import { ConfigError, resolveConfig } from "../config/resolve.js";
import { listClusters } from "./clusters.js";
import { printKubeconfig } from "./kubeconfig.js";
import { serve } from "./serve.js";
import { versionText } from "./version.js";

/** Exit codes: 1, something could not be done; 2, the command line or a setting is wrong. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...argv], { from: "user" });
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

function program(): Command {
  const root = new Command("fake-apiserver")
    .description("A fleet of Kubernetes API servers in one process")
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "fake-apiserver: ")) })
    .showHelpAfterError("(--help shows what there is)");
  root.addCommand(serveCommand(), { isDefault: true });
  root.addCommand(kubeconfigCommand());
  root.addCommand(clustersCommand());
  root.addCommand(
    new Command("version").description("Print versions").action(() => void process.stdout.write(versionText())),
  );
  for (const command of root.commands) command.exitOverride().copyInheritedSettings(root);
  root.addHelpText("after", EXAMPLES.root);
  return root;
}

function serveCommand(): Command {
  const command = new Command("serve").description("Serve a fleet until interrupted (the default)");
  command.option("--config <file>", "Settings in YAML (env: FAKE_APISERVER_CONFIG)");
  for (const [name, option] of Object.entries(OPTIONS)) {
    const shown =
      option.default === undefined || option.value === undefined ? "" : ` (default: ${show(option.default)})`;
    const value = option.value === undefined ? "" : ` <${option.value}>`;
    const text = `${option.help}${shown} (env: ${envName(name)}, YAML: ${yamlName(name)})`;
    if (Array.isArray(option.default)) command.option(`--${name}${value}`, text, collect, undefined);
    else command.option(`--${name}${value}`, text);
  }
  return command.addHelpText("after", EXAMPLES.serve).action(async (given: Record<string, unknown>) => {
    const flags: Record<string, unknown> = {};
    for (const name of Object.keys(OPTIONS)) flags[name] = flagOf(name, given);
    const path = (given.config as string | undefined) ?? process.env.FAKE_APISERVER_CONFIG;
    const file = path === undefined ? {} : { yaml: readYaml(path), yamlPath: path };
    await serve(resolveConfig({ flags, env: process.env, ...file }));
  });
}

/** Commander takes `--no-x` for the negation of x: it stores x as false. */
function flagOf(name: string, given: Record<string, unknown>): unknown {
  if (name.startsWith("no-")) return given[yamlName(name.slice(3))] === false ? true : undefined;
  return given[yamlName(name)];
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(",")];
}

function show(value: unknown): string {
  return Array.isArray(value) ? value.join(",") || "none" : String(value);
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    throw new ConfigError(`--config: ${path}: ${(error as Error).message.split("\n", 1)[0]}`);
  }
}

function kubeconfigCommand(): Command {
  return new Command("kubeconfig")
    .description(
      "Print the kubeconfig of a cluster of the running fleet; its credential is made when there is none yet",
    )
    .argument("<name>", "the cluster's name")
    .option("--out <dir>", "Folder of the running fleet", OPTIONS.out.default)
    .addHelpText("after", EXAMPLES.kubeconfig)
    .action(async (name: string, { out }: { out: string }) => {
      process.stdout.write(await printKubeconfig(out, name));
    });
}

function clustersCommand(): Command {
  return new Command("clusters")
    .description("List the clusters of the running fleet")
    .option("--out <dir>", "Folder of the running fleet", OPTIONS.out.default)
    .option("-o, --output <format>", "table, json or yaml", "table")
    .addHelpText("after", EXAMPLES.clusters)
    .action(({ out, output }: { out: string; output: string }) => {
      process.stdout.write(listClusters(out, output));
    });
}

const EXAMPLES = {
  root: `
Examples:
  fake-apiserver --clusters 1000
  fake-apiserver --sni clusters.test --clusters 10000
  kubectl --kubeconfig .fake-apiserver/kubeconfig --context cluster-7 get nodes`,
  serve: `
Examples:
  fake-apiserver serve --clusters 3 --load nodes.yaml
  fake-apiserver serve --config fleet.yaml
  FAKE_APISERVER_CLUSTERS=100 fake-apiserver`,
  kubeconfig: `
Example:
  fake-apiserver kubeconfig cluster-4711 > cluster-4711.kubeconfig`,
  clusters: `
Example:
  fake-apiserver clusters -o json`,
};
