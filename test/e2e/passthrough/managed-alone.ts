import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import { startManagedEtcd } from "../../../src/proxy/etcd/managed.js";
import { silent } from "./programs.js";

/** A process that has a managed etcd and waits to be killed; it prints the etcd's pid. */
const [binary = "", dataDir = ""] = process.argv.slice(2);
const etcd = await startManagedEtcd({ binary, dataDir, log: silent, now: Date.now });
await new EtcdClient(etcd.connection).put("alone", "1");
console.log(etcd.members[0]?.pid);
