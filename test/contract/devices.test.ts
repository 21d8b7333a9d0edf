import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

type Fields = Readonly<Record<string, unknown>>;

const group = "/apis/resource.k8s.io";
const claims = `${group}/v1/namespaces/{ns}/resourceclaims`;
const templates = `${group}/v1/namespaces/{ns}/resourceclaimtemplates`;
const classes = `${group}/v1/deviceclasses`;
const slices = `${group}/v1/resourceslices`;

/** Creates nothing that others would notice. */
const create =
  (path: string) =>
  (name: string, spec: Fields, metadata: Fields = {}): Case =>
    c(name, `POST ${path}?dryRun=All`, { json: { metadata: { name: "x-{run}", ...metadata }, spec } });

const claim = create(claims);
const exactly = { deviceClassName: "c.example" };
const wish = (more: Fields) => ({ devices: { requests: [{ name: "r", exactly: { ...exactly, ...more } }] } });
const select = (expression: string) => wish({ selectors: [{ cel: { expression } }] });
const devices = (more: Fields) => ({ devices: { requests: [{ name: "r", exactly }], ...more } });
const deviceClass = create(classes);
const slice = create(slices);
const pool = { name: "p", generation: 1, resourceSliceCount: 1 };
const offer = (more: Fields) => ({ driver: "d.example", pool, nodeName: "n", ...more });
const device = (more: Fields) => offer({ devices: [{ name: "v", ...more }] });
const opaque = (parameters: unknown) => ({ config: [{ opaque: { driver: "d.example", parameters } }] });

const stored = { metadata: { name: "c" }, spec: devices({}) };
const result = { request: "r", driver: "d.example", pool: "p", device: "v" };
const status = (name: string, value: unknown): Case =>
  c(name, `PATCH ${claims}/c/status`, { type: "merge", json: { status: value } });

contract("devices", [
  scenario("requests", [
    claim("one", wish({})),
    claim("nothing", { devices: { requests: [{}] } }),
    claim("both forms", {
      devices: { requests: [{ name: "r", exactly, firstAvailable: [{ name: "s", ...exactly }] }] },
    }),
    claim("twice", {
      devices: {
        requests: [
          { name: "r", exactly },
          { name: "r", exactly },
        ],
      },
    }),
    claim("too many", { devices: { requests: Array.from({ length: 33 }, (_, i) => ({ name: `r${i}`, exactly })) } }),
    claim("names", { devices: { requests: [{ name: "R_", exactly: { deviceClassName: "C_" } }] } }),
    claim("all, counted", wish({ allocationMode: "All", count: 2 })),
    claim("none", wish({ count: -1 })),
    claim("unknown mode", wish({ allocationMode: "Some" })),
    claim("alternatives", {
      devices: { requests: [{ name: "r", firstAvailable: [{ name: "S", ...exactly }, { name: "s" }, { name: "s" }] }] },
    }),
    claim(
      "tolerations",
      wish({ tolerations: [{ operator: "Exists", value: "v" }, { operator: "?", effect: "?" }, { key: "/" }] }),
    ),
    claim("shared capacity is dropped", wish({ capacity: { requests: { a: "1" } } })),
    claim("admin access", wish({ adminAccess: true })),
    claim(
      "constraints",
      devices({
        constraints: [{ requests: ["r", "s", "r/t"] }, { matchAttribute: "a" }, { distinctAttribute: "d.example/a" }],
      }),
    ),
    claim("config", devices({ config: [{ requests: ["a/b/c"] }, { opaque: { driver: "D_", parameters: [] } }] })),
    claim("config without parameters", devices({ config: [{ opaque: { driver: "d.example", parameters: null } }] })),
    c("first version", `POST ${group}/v1beta1/namespaces/{ns}/resourceclaims?dryRun=All`, {
      json: {
        metadata: { name: "x" },
        spec: { devices: { requests: [{ name: "r", deviceClassName: "C_", count: -1 }] } },
      },
    }),
    c("second version", `POST ${group}/v1beta2/namespaces/{ns}/resourceclaims?dryRun=All`, {
      json: { metadata: { name: "x" }, spec: { devices: { requests: [{ name: "r" }], constraints: [{}] } } },
    }),
  ]),
  scenario("selectors", [
    claim("driver", select("device.driver == 'd.example'")),
    claim(
      "attributes",
      select("device.attributes['d.example'].model == 'x' && device.attributes['d.example'].cores > 4"),
    ),
    claim("capacity", select("device.capacity['d.example'].memory.compareTo(quantity('1Gi')) >= 0")),
    claim("versions", select("device.attributes['d.example'].v.isGreaterThan(semver('1.0.0'))")),
    claim("of unknown type", select("device.attributes['d.example'].healthy")),
    claim("no bool", select("device.driver")),
    claim("a number", select("1 + 1")),
    claim("unknown field", select("device.name == 'x'")),
    claim("unknown variable", select("self.driver == 'x'")),
    claim("wrong types", select("device.driver == 1")),
    claim("not shared", select("device.allowMultipleAllocations")),
    claim("syntax", select("device.driver ==")),
    claim("nothing", select("")),
    claim(
      "expensive",
      select("device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, a + b + c != '')))"),
    ),
    claim("too long", select(`device.driver == '${"x".repeat(10_300)}'`)),
    claim("without cel", wish({ selectors: [{}] })),
    deviceClass("of a class", { selectors: [{ cel: { expression: "device" } }, {}] }),
  ]),
  scenario("claims", [
    given(claims, stored),
    c("changed", `PUT ${claims}/c`, { json: { ...stored, spec: wish({ count: 3 }) } }),
    c("the same", `PUT ${claims}/c`, { json: stored }),
    status("reserved without allocation", { reservedFor: [{ resource: "pods", name: "p", uid: "u" }, { uid: "u" }] }),
    status("allocated to nothing", { allocation: { devices: { results: [{ ...result, request: "s", pool: "" }] } } }),
    status("config of nobody", { allocation: { devices: { config: [{ source: "?", opaque: { driver: "" } }, {}] } } }),
    status("with admin access", { allocation: { devices: { results: [{ ...result, adminAccess: true }] } } }),
    status("allocated", {
      allocation: { devices: { results: [{ ...result, shareID: "s" }] }, allocationTimestamp: null },
    }),
    status("allocated otherwise", { allocation: { devices: { results: [{ ...result, device: "w" }] } } }),
    status("told of", { devices: [{ ...result, networkData: { ips: ["1.2.3.4/24"] } }] }),
    status("told of others", {
      devices: [
        { ...result, device: "w", data: [], networkData: { ips: ["1.2.3.4", "1.2.3.4", "::1/64", "1:0::1/64"] } },
      ],
    }),
    status("told twice", { devices: [result, result] }),
    status("reserved", { reservedFor: [{ resource: "pods", name: "p", uid: "u" }] }),
    status("deallocated", { allocation: null, reservedFor: null }),
    given(templates, { metadata: { name: "t" }, spec: { spec: devices({}) } }),
    c("template changed", `PATCH ${templates}/t`, {
      type: "merge",
      json: { spec: { metadata: { name: "n", labels: { a: "b!" } } } },
    }),
  ]),
  scenario("classes and slices", [
    deviceClass("config", opaque("x")),
    deviceClass("extended resource is dropped", { extendedResourceName: "not valid" }),
    slice("one", offer({})),
    slice("nothing", {}),
    slice("wrong pool", offer({ pool: { name: "P_/q", generation: -1, resourceSliceCount: 0 } })),
    slice("nowhere", offer({ nodeName: "", allNodes: false })),
    slice("here and there", offer({ allNodes: true, nodeSelector: { nodeSelectorTerms: [{}, {}] } })),
    slice(
      "device",
      device({ attributes: { a: { string: "s" }, "x.example/b": { int: 5 }, c: { version: "1.2.3-a+b" } } }),
    ),
    slice("attribute without value", device({ attributes: { a: {} } })),
    slice("attribute with two", device({ attributes: { a: { int: 5, bool: true } } })),
    slice("no version", device({ attributes: { a: { version: "1.2" } } })),
    slice("long", device({ attributes: { ["a".repeat(120)]: { string: "s".repeat(65) } } })),
    slice("name of an attribute", device({ attributes: { "/b": { int: 1 } } })),
    slice("name of a capacity", device({ capacity: { "x.example/1b": { value: "1" } } })),
    slice("what features would allow is dropped", {
      ...device({
        taints: [{ key: "k" }],
        allNodes: true,
        bindingConditions: ["!"],
        consumesCounters: [{ counterSet: "s" }],
      }),
      sharedCounters: [{}],
    }),
    slice("devices twice", offer({ devices: [{ name: "V" }, { name: "w" }, { name: "w" }] })),
  ]),
]);
