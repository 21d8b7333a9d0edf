import { etcdError } from "../errors.js";
import { requireQuorum } from "../quorum.js";
import { type Services, unary } from "../rpc/serve.js";
import { Code, RpcError } from "../rpc/status.js";
import { HeaderOnly, HealthCheckRequest, HealthCheckResponse, RangeRequest } from "../wire/messages.js";
import { type Call, fullHeaderOf, method } from "./call.js";
import { clusterService } from "./cluster.js";
import { maintenanceService } from "./maintenance.js";

/** What etcdctl reads to see whether a member is healthy. */
const HEALTH_KEY = "health";
const SERVING = 1;

/** What there is of etcd. All else is told to be unimplemented. */
export const services: Services<Call> = {
  "etcdserverpb.Cluster": clusterService,
  "etcdserverpb.Maintenance": maintenanceService,
  "etcdserverpb.KV": {
    Range: method(
      RangeRequest,
      HeaderOnly,
      ({ key, rangeEnd, serializable }, asked) => {
        if (key.length === 0) throw etcdError("emptyKey");
        if (asked.state.members.some(({ alarms }) => alarms.includes("CORRUPT"))) throw etcdError("corrupt");
        if (!serializable) requireQuorum(asked.state.members);
        if (rangeEnd.length > 0 || Buffer.from(key).toString() !== HEALTH_KEY) {
          throw new RpcError(Code.UNIMPLEMENTED, `no keys but ${JSON.stringify(HEALTH_KEY)} are served`);
        }
        return { header: fullHeaderOf(asked) };
      },
      ({ serializable }) => serializable,
    ),
  },
  "grpc.health.v1.Health": {
    Check: unary(HealthCheckRequest, HealthCheckResponse, ({ service }) => {
      if (service !== "") throw new RpcError(Code.NOT_FOUND, "unknown service");
      return { status: SERVING };
    }),
  },
};
