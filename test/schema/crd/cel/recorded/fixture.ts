/** What every recorded rule is about: a value with a field of each kind that a schema can describe. */
const text = { type: "string", maxLength: 100 };
const whole = { type: "integer" };
const list = (items: unknown, more = {}) => ({ type: "array", maxItems: 20, items, ...more });
const object = (properties: Record<string, unknown>, more = {}) => ({ type: "object", properties, ...more });
const map = (values: unknown) => ({ type: "object", maxProperties: 20, additionalProperties: values });

const KEYED = {
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["k"],
};

export const SCHEMA = object({
  i: whole,
  j: { type: "integer", format: "int32" },
  d: { type: "number" },
  s: text,
  u: text,
  b: { type: "boolean" },
  words: list(text),
  ints: list(whole),
  doubles: list({ type: "number" }),
  none: list(text),
  nested: list(list(whole)),
  objects: list(object({ a: text, n: whole })),
  set: list(text, { "x-kubernetes-list-type": "set" }),
  keyed: list(object({ k: text, v: whole }, { required: ["k"] }), KEYED),
  map: map(text),
  counts: map(whole),
  maps: map(object({ a: text })),
  object: object({ a: text, n: whole, absent: text }),
  empty: object({}),
  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  known: object({ a: text }, { "x-kubernetes-preserve-unknown-fields": true }),
  port: { "x-kubernetes-int-or-string": true },
  name: { "x-kubernetes-int-or-string": true },
  time: { type: "string", format: "date-time" },
  date: { type: "string", format: "date" },
  span: { type: "string", format: "duration" },
  bytes: { type: "string", format: "byte" },
  nullable: { type: "string", nullable: true, maxLength: 10 },
  absent: text,
  noNumbers: list(whole),
  "with-dash": text,
  "with.dot": text,
  "with/slash": text,
  with__underscores: text,
  namespace: text,
  if: text,
  resource: {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: { spec: object({ a: text }) },
  },
});

/** JSON, so that numbers keep how they are written. */
export const VALUE = `{
  "i": 7, "j": -3, "d": 2.5, "s": "Hello, wörld", "u": "https://user:pw@example.com:8443/a%20b/c?q=1&q=2&x=%2F#top",
  "b": true, "words": ["pear", "fig", "apple", "fig"], "ints": [3, 1, 2], "doubles": [1.5, 2, -0.25], "none": [],
  "nested": [[1, 2], [3]], "objects": [{"a": "x", "n": 1}, {"a": "y", "n": 2}, {"a": "z"}],
  "set": ["one", "two"], "keyed": [{"k": "a", "v": 1}, {"k": "b", "v": 2}],
  "map": {"one": "1", "two": "2", "three": "3"}, "counts": {"a": 1, "b": 2}, "maps": {"m": {"a": "A"}},
  "object": {"a": "b", "n": 5}, "empty": {}, "free": {"x": 1, "y": {"z": [1, "two"]}},
  "known": {"a": "k", "other": 1}, "port": 8080, "name": "http",
  "time": "2024-02-29T12:34:56.789Z", "date": "2024-02-29", "span": "1h30m", "bytes": "aGVsbG8=", "nullable": null,
  "noNumbers": [], "with-dash": "dash", "with.dot": "dot", "with/slash": "slash", "with__underscores": "under",
  "namespace": "ns", "if": "iffy",
  "resource": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {"a": "c"}}
}`;

/** What it was before, where transitions are judged. */
export const OLD = `{
  "i": 6, "d": 2.5, "s": "Hello", "b": true, "words": ["pear", "fig"], "ints": [1, 2, 3],
  "set": ["two", "one"], "keyed": [{"k": "b", "v": 2}, {"k": "a", "v": 0}],
  "map": {"one": "1"}, "counts": {"a": 1, "b": 2}, "object": {"a": "old", "n": 5}, "port": "http",
  "time": "2024-02-29T12:34:56Z"
}`;
