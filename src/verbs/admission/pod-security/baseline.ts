import { boolAt, numberAt, objectAt, objectsAt, stringAt, stringsAt } from "../../../kube/access.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";
import {
  type Check,
  containersNamed,
  containersOf,
  containersWhere,
  nameOf,
  plural,
  quoted,
  settersOf,
  sortedSet,
} from "./check.js";

/** The baseline level, in the order in which violations are told. */

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

const appArmorProfile: Check = (pod) => {
  const values: string[] = [];
  const isBad = (context: JsonObject | undefined): boolean => {
    const profile = objectAt(context, "appArmorProfile");
    const type = stringAt(profile, "type");
    if (!profile || ["RuntimeDefault", "Localhost"].includes(type)) return false;
    values.push(type);
    return true;
  };
  const own = isBad(objectAt(pod.spec, "securityContext"));
  const setters = settersOf(own, containersWhere(pod, isBad));
  const fine = (value: string) => value === "" || value === "runtime/default" || value.startsWith("localhost/");
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(APP_ARMOR) && !fine(value))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .sort();
  if (setters === undefined && annotations.length === 0) return undefined;
  const shown = [...sortedSet(values), ...annotations];
  const who = [
    ...(setters === undefined ? [] : [setters]),
    ...(annotations.length > 0 ? [plural("annotation", annotations.length)] : []),
  ];
  return {
    reason: plural("forbidden AppArmor profile", shown.length),
    detail: `${who.join(" and ")} must not set AppArmor profile type to ${quoted(shown)}`,
  };
};

const DEFAULT_CAPABILITIES = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

export const capabilitiesBaseline: Check = (pod) => {
  const added: string[] = [];
  const names = containersWhere(pod, (context) => {
    const other = stringsAt(context, "capabilities", "add").filter((name) => !DEFAULT_CAPABILITIES.has(name));
    added.push(...other);
    return other.length > 0;
  });
  if (names.length === 0) return undefined;
  const what = `must not include ${quoted(sortedSet(added))} in securityContext.capabilities.add`;
  return { reason: "non-default capabilities", detail: `${containersNamed(names)} ${what}` };
};

const hostNamespaces: Check = ({ spec }) => {
  const set = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => boolAt(spec, field));
  if (set.length === 0) return undefined;
  return { reason: "host namespaces", detail: set.map((field) => `${field}=true`).join(", ") };
};

export const hostPathVolumes: Check = ({ spec }) => {
  const names = objectsAt(spec, "volumes")
    .filter((volume) => objectAt(volume, "hostPath"))
    .map(nameOf);
  if (names.length === 0) return undefined;
  return { reason: "hostPath volumes", detail: `${plural("volume", names.length)} ${quoted(names)}` };
};

const hostPorts: Check = (pod) => {
  const ports: string[] = [];
  const names = containersOf(pod).filter((container) => {
    const used = objectsAt(container, "ports").map((port) => numberAt(port, "hostPort"));
    ports.push(...used.filter((port) => port !== 0).map(String));
    return used.some((port) => port !== 0);
  });
  if (names.length === 0) return undefined;
  const shown = sortedSet(ports);
  const uses = `${names.length === 1 ? "uses" : "use"} ${plural("hostPort", shown.length)} ${shown.join(", ")}`;
  return { reason: "hostPort", detail: `${containersNamed(names.map(nameOf))} ${uses}` };
};

const HANDLERS = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
];

const hostProbes: Check = (pod, minor) => {
  if (minor < 34) return undefined;
  const hosts: string[] = [];
  const names = containersOf(pod).filter((container) => {
    const own = HANDLERS.flatMap((path) =>
      ["httpGet", "tcpSocket"].map((kind) => stringAt(container, ...path, kind, "host")),
    ).filter((host) => host !== "");
    hosts.push(...own);
    return own.length > 0;
  });
  if (names.length === 0) return undefined;
  const shown = sortedSet(hosts);
  const uses = `${names.length === 1 ? "uses" : "use"} ${plural("probe or lifecycle host", shown.length)}`;
  return {
    reason: "probe or lifecycle host",
    detail: `${containersNamed(sortedSet(names.map(nameOf)))} ${uses} ${quoted(shown)}`,
  };
};

const privileged: Check = (pod) => {
  const names = containersWhere(pod, (context) => boolAt(context, "privileged"));
  if (names.length === 0) return undefined;
  return { reason: "privileged", detail: `${containersNamed(names)} must not set securityContext.privileged=true` };
};

const procMount: Check = (pod) => {
  const types: string[] = [];
  const names = containersWhere(pod, (context) => {
    const type = context?.procMount;
    if (typeof type !== "string" || type === "Default") return false;
    types.push(type);
    return true;
  });
  if (names.length === 0) return undefined;
  const what = `must not set securityContext.procMount to ${quoted(sortedSet(types))}`;
  return { reason: "procMount", detail: `${containersNamed(names)} ${what}` };
};

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];

const seLinuxOptions: Check = (pod, minor) => {
  const allowed = minor < 31 ? SELINUX_TYPES : [...SELINUX_TYPES, "container_engine_t"];
  const types: string[] = [];
  const set = { user: false, role: false };
  const isBad = (context: JsonObject | undefined): boolean => {
    const options = objectAt(context, "seLinuxOptions");
    if (!options) return false;
    const type = stringAt(options, "type");
    const [wrong, user, role] = [
      !allowed.includes(type),
      stringAt(options, "user") !== "",
      stringAt(options, "role") !== "",
    ];
    if (wrong) types.push(type);
    set.user ||= user;
    set.role ||= role;
    return wrong || user || role;
  };
  const own = isBad(objectAt(pod.spec, "securityContext"));
  const setters = settersOf(own, containersWhere(pod, isBad));
  if (setters === undefined) return undefined;
  const shown = sortedSet(types);
  const data = [
    ...(shown.length > 0 ? [`${plural("type", shown.length)} ${quoted(shown)}`] : []),
    ...(set.user ? ["user may not be set"] : []),
    ...(set.role ? ["role may not be set"] : []),
  ];
  const what = `set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`;
  return { reason: "seLinuxOptions", detail: `${setters} ${what}` };
};

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

export const isSeccompType = (type: string): boolean => type === "Localhost" || type === "RuntimeDefault";

export const seccompBaseline: Check = (pod, minor) => {
  if (minor < 19) return seccompAnnotations(pod, minor);
  const types: string[] = [];
  const isBad = (context: JsonObject | undefined): boolean => {
    const profile = objectAt(context, "seccompProfile");
    if (!profile || isSeccompType(stringAt(profile, "type"))) return false;
    types.push(stringAt(profile, "type"));
    return true;
  };
  const own = isBad(objectAt(pod.spec, "securityContext"));
  const setters = settersOf(own, containersWhere(pod, isBad));
  if (setters === undefined) return undefined;
  const what = `must not set securityContext.seccompProfile.type to ${quoted(sortedSet(types))}`;
  return { reason: "seccompProfile", detail: `${setters} ${what}` };
};

const seccompAnnotations: Check = (pod) => {
  const keys = [SECCOMP_POD, ...containersOf(pod).map((container) => SECCOMP_CONTAINER + nameOf(container))];
  const fine = (value: string) =>
    value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");
  const shown = sortedSet(
    keys.flatMap((key) => {
      const value = pod.annotations[key];
      return value === undefined || fine(value) ? [] : [`${key}=${goQuote(value)}`];
    }),
  );
  if (shown.length === 0) return undefined;
  return { reason: "seccompProfile", detail: `forbidden ${plural("annotation", shown.length)} ${shown.join(", ")}` };
};

/** Safe kernel parameters, and since which minor version they count as such. */
const SYSCTLS: Readonly<Record<string, number>> = {
  "kernel.shm_rmid_forced": 0,
  "net.ipv4.ip_local_port_range": 0,
  "net.ipv4.tcp_syncookies": 0,
  "net.ipv4.ping_group_range": 0,
  "net.ipv4.ip_unprivileged_port_start": 0,
  "net.ipv4.ip_local_reserved_ports": 27,
  "net.ipv4.tcp_keepalive_time": 29,
  "net.ipv4.tcp_fin_timeout": 29,
  "net.ipv4.tcp_keepalive_intvl": 29,
  "net.ipv4.tcp_keepalive_probes": 29,
  "net.ipv4.tcp_rmem": 32,
  "net.ipv4.tcp_wmem": 32,
};

const sysctls: Check = ({ spec }, minor) => {
  const names = objectsAt(spec, "securityContext", "sysctls").map(nameOf);
  const bad = names.filter((name) => !Object.hasOwn(SYSCTLS, name) || SYSCTLS[name]! > minor);
  return bad.length === 0 ? undefined : { reason: "forbidden sysctls", detail: bad.join(", ") };
};

const windowsHostProcess: Check = (pod) => {
  const isBad = (context: JsonObject | undefined) => boolAt(context, "windowsOptions", "hostProcess");
  const setters = settersOf(isBad(objectAt(pod.spec, "securityContext")), containersWhere(pod, isBad));
  if (setters === undefined) return undefined;
  return { reason: "hostProcess", detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
};

export const BASELINE: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompBaseline,
  sysctls,
  windowsHostProcess,
];
