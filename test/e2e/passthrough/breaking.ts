import { EtcdClient } from "../../../src/proxy/etcd/client.js";
import type { EtcdConnection } from "../../../src/proxy/etcd/connection.js";

/** What changes etcd, by the names of the client's methods. */
const CHANGES = new Set(
  "put txn deleteRange enable addUser changePassword deleteUser grantRole addRole deleteRole grantReadWrite grantRead".split(
    " ",
  ),
);

/**
 * Makes clients that are killed at the `at`-th change (counted from 0), right before it is made or right after. `count`
 * tells how many there have been.
 */
export function breaking(at: number, when: "before" | "after") {
  const state = { count: 0 };
  const guard = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(from, name) {
        const value: unknown = Reflect.get(from, name, from);
        if (name === "auth") return guard(value as object);
        if (typeof value !== "function") return value;
        if (!CHANGES.has(String(name))) return value.bind(from);
        return async (...args: unknown[]) => {
          const now = state.count++;
          if (now === at && when === "before") throw new Error("killed");
          const answer: unknown = await (value as (...args: unknown[]) => unknown).apply(from, args);
          if (now === at && when === "after") throw new Error("killed");
          return answer;
        };
      },
    });
  return { state, connect: (connection: EtcdConnection) => guard(new EtcdClient(connection)) };
}
