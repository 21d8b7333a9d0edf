import { Argument, type Command } from "commander";
import { describeBackend } from "./backend-flags.js";
import type { CreateFlags } from "./clusters.js";
import { EXAMPLES } from "./examples.js";
import type { AddFlags } from "./nodes.js";
import { print } from "./print.js";
import { addSettings, settingsOf } from "./settings.js";

const FORMAT = ["-o, --output <FORMAT>", "table, wide, name, json or yaml"] as const;
const CLUSTER = new Argument("<CLUSTER>", "the cluster's name");
const NODE = new Argument("<NODE>", "the node's name");

/** `clusters` lists, and has commands of its own. */
export function describeClusters(command: Command): Command {
  command
    .description("list the clusters of the running fleet; add and end clusters")
    .helpCommand(false)
    .option(...FORMAT, "table");
  describeCreate(command.command("create"));
  const ending = command.command("delete").description("end a cluster: its objects and its port are gone");
  addSettings(ending.argument("<NAME>", "the cluster's name"), ["out"])
    .option("--keep-identity", "so that a later cluster of that name is the same to its clients")
    .action(async (name: string, { keepIdentity = false }: { keepIdentity?: boolean }) => {
      const { deleteCluster } = await import("./clusters.js");
      await deleteCluster(settingsOf(ending).out, name, keepIdentity);
    });
  return addSettings(command, ["out"])
    .addHelpText("after", EXAMPLES.clusters)
    .action(async ({ output }: { output: string }) => {
      const { listClusters } = await import("./clusters.js");
      print(await listClusters(settingsOf(command).out, output));
    });
}

function describeCreate(command: Command): void {
  command
    .description("add a cluster to the running fleet; one that is there as asked for is left alone")
    .argument("[NAME]", "by default the next of the row; NAMESPACE.NAME for one of a management cluster")
    .option("--ca-cert <FILE>", "certificate of the CA that clients trust, PEM; made if not given")
    .option("--ca-key <FILE>", "its private key, RSA or EC")
    .option("--etcd-ca-cert <FILE>", "certificate of etcd's CA")
    .option("--etcd-ca-key <FILE>", "its private key")
    .option("--sa-key <FILE>", "private key that signs the tokens of ServiceAccounts")
    .option("--endpoint-host <HOST>", "host in kubeconfigs and certificates")
    .option("--endpoint-port <PORT>", "port to listen on")
    .option("--server-name <NAME>", "name in the TLS ClientHello");
  addSettings(describeBackend(command), ["out"]).action(async (name: string | undefined, flags: CreateFlags) => {
    const { createCluster } = await import("./clusters.js");
    print(await createCluster(settingsOf(command).out, name, flags));
  });
}

/** `nodes` has commands only. */
export function describeNodes(command: Command): Command {
  command
    .description("list, add, remove and switch off the nodes of a cluster")
    .helpCommand(false)
    .addHelpText("after", EXAMPLES.nodes);
  const listing = command.command("list").description("list nodes").addArgument(CLUSTER);
  addSettings(listing.option(...FORMAT, "table"), ["out"]).action(
    async (cluster: string, { output }: { output: string }) => {
      const { listNodes } = await import("./nodes.js");
      print(await listNodes(settingsOf(listing).out, cluster, output));
    },
  );
  describeAdd(command.command("add"));
  const removing = command.command("remove").description("take a node away, with its lease and pods");
  addSettings(removing.addArgument(CLUSTER).addArgument(NODE), ["out"]).action(
    async (cluster: string, node: string) => {
      const { removeNode } = await import("./nodes.js");
      await removeNode(settingsOf(removing).out, cluster, node);
    },
  );
  describeSwitch(command.command("down"), false, "switch a machine off: its node is not ready any more");
  describeSwitch(command.command("up"), true, "switch a machine on again");
  return command;
}

function describeSwitch(command: Command, ready: boolean, description: string): void {
  command.description(description).addArgument(CLUSTER).addArgument(NODE);
  addSettings(command, ["out"]).action(async (cluster: string, node: string) => {
    const { switchNode } = await import("./nodes.js");
    await switchNode(settingsOf(command).out, cluster, node, ready);
  });
}

function describeAdd(command: Command): void {
  const more = (value: string, before: string[] | undefined) => [...(before ?? []), value];
  command
    .description("add nodes; texts may hold {{cluster}}, {{index}} and {{node}}")
    .addArgument(CLUSTER)
    .option("--count <N>", "how many", "1")
    .option("--start <N>", "first index; nodes that are there are updated (default: the first that is free)")
    .option("--name <TEXT>", "names (default: {{cluster}}-worker-{{index}})")
    .option("--role <ROLE>", "worker or control-plane")
    .option("--kubelet-version <VERSION>", "by default that of the API server")
    .option("--etcd <WHERE>", "of control-plane nodes: stacked or external")
    .option("--label <KEY=VALUE>", "label; can be repeated", more)
    .option("--annotation <KEY=VALUE>", "annotation; can be repeated", more)
    .option("--taint <KEY=VALUE:EFFECT>", "taint; can be repeated", more)
    .option("--provider-id <TEXT>", "provider ID")
    .option(...FORMAT, "name");
  addSettings(command, ["out"]).action(async (cluster: string, flags: AddFlags & { readonly output: string }) => {
    const { addNodes } = await import("./nodes.js");
    print(await addNodes(settingsOf(command).out, cluster, flags, flags.output));
  });
}
