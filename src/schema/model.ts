import type { GroupVersionKind, GroupVersionResource } from "../kube/gvr.js";
import type { DefinedVersion, Definition } from "./crd/definition.js";
import type { CustomShape } from "./crd/shape.js";
import type { Printer } from "./printers/cells.js";
import type { Strategy } from "./strategy/strategy.js";

/**
 * How a Go type is written as JSON and protobuf. Structs are named as OpenAPI names them
 * ("io.k8s.api.core.v1.Pod"), so one name serves the codec, discovery and OpenAPI.
 */
export type TypeRef =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "struct"; readonly struct: StructType }
  | { readonly kind: "list"; readonly of: TypeRef }
  /** Keys are strings. */
  | { readonly kind: "map"; readonly of: TypeRef };

export type Scalar =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "float64"
  /** []byte: base64 in JSON. */
  | "bytes"
  /** metav1.Time, RFC 3339, whole seconds; null in JSON when zero and not omitted. */
  | "time"
  /** metav1.MicroTime, six decimals. */
  | "microtime"
  /** metav1.Duration: a Go duration string. */
  | "duration"
  /** resource.Quantity: canonical string. */
  | "quantity"
  /** intstr.IntOrString. */
  | "intOrString"
  /** runtime.RawExtension: any JSON object, kept verbatim. */
  | "rawExtension"
  /** metav1.FieldsV1: raw JSON. */
  | "fieldsV1"
  /** apiextensions JSON: any JSON value, kept verbatim. */
  | "json"
  /** JSONSchemaPropsOrBool, …OrArray, …OrStringArray: a union told apart by its JSON form; see codec. */
  | "jsonSchemaPropsOrBool"
  | "jsonSchemaPropsOrArray"
  | "jsonSchemaPropsOrStringArray";

export interface FieldDef {
  /** JSON name; for an inlined struct the Go name. */
  readonly name: string;
  /** Go name, as strict decoding and protobuf messages show it. */
  readonly goName: string;
  readonly type: TypeRef;
  /** The Go type where it has a name that `type` does not say, e.g. "v1.RestartPolicy"; error messages show it. */
  readonly goType?: string | undefined;
  /** Protobuf field number; undefined for TypeMeta. */
  readonly number?: number | undefined;
  /** The Go field is a pointer: absent and zero differ. */
  readonly pointer: boolean;
  readonly omitempty: boolean;
  /** omitzero of Go 1.24, or none. */
  readonly omitzero: boolean;
  /** The struct's fields stand in the parent's JSON object (protobuf nests them under `number`). */
  readonly inline: boolean;
  readonly required: boolean;
  /** Protobuf wraps each list value in a message whose field 1 repeats the elements (map values such as ExtraValue). */
  readonly wrapped?: boolean;
  /** The default that OpenAPI v3 shows. */
  readonly default?: unknown;
  /** Allowed values; of the elements where the field is a list or map. */
  readonly enum?: readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly listType?: "atomic" | "set" | "map" | undefined;
  readonly listMapKeys?: readonly string[] | undefined;
  readonly mapType?: "atomic" | "granular" | undefined;
  /** Strategic merge: "merge", "replace", "retainKeys" as the struct tag lists them. */
  readonly patchStrategy?: readonly string[] | undefined;
  readonly patchMergeKey?: string | undefined;
}

export interface StructType {
  /** OpenAPI name. */
  readonly name: string;
  /** Go's package-qualified name as error messages show it, e.g. "v1.Pod". */
  readonly goName: string;
  /** In Go's order, TypeMeta first where there is one. */
  readonly fields: readonly FieldDef[];
  /** Every JSON name including those of inlined structs → the path of fields that leads there. */
  readonly byJsonName: ReadonlyMap<string, readonly FieldDef[]>;
  readonly gvks: readonly GroupVersionKind[];
  readonly mapType?: "atomic" | undefined;
  readonly unions?: readonly Union[] | undefined;
  /** No Go type at all: any JSON object, its keys sorted. */
  readonly unstructured?: true;
}

/** A discriminated union as OpenAPI's x-kubernetes-unions shows it: JSON name of a member → discriminator value. */
export interface Union {
  readonly discriminator: string;
  readonly "fields-to-discriminateBy": Readonly<Record<string, string>>;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** Where the objects of a resource live, whatever version they are asked for in. */
export interface StorageResource {
  /** Key prefix without slashes at the ends: "pods", "minions", "services/specs". */
  readonly prefix: string;
  readonly gvk: GroupVersionKind;
  readonly type: StructType;
  /** What a real server keeps in etcd; matters to a store that shares one with it. Default: protobuf. */
  readonly encoding?: "protobuf" | "json";
  /** How custom resources get from the store into the row's version and back. */
  readonly shape?: CustomShape;
}

/** What a row has instead of code and tables where a CustomResourceDefinition added it. */
export interface ServedCustom {
  /** Names the content of the definition's spec. */
  readonly id: string;
  /** The same with the accepted names: watches end when it changes. */
  readonly key: string;
  readonly definition: Definition;
  readonly version: DefinedVersion;
  readonly terminating: boolean;
  readonly shape: CustomShape;
  readonly strategy: Strategy;
  readonly print: Printer;
  /** Told with every answer of a deprecated version. */
  readonly warning: string | undefined;
}

export interface SubresourceDef {
  /** "status", "scale", "eviction", … */
  readonly name: string;
  /** The body's kind: the parent's for status, autoscaling/v1 Scale for scale. */
  readonly gvk: GroupVersionKind;
  readonly verbs: ReadonlySet<string>;
  readonly type: StructType;
}

/** A row of the registry: one resource in one version. */
export interface ResourceDef {
  readonly gvr: GroupVersionResource;
  readonly gvk: GroupVersionKind;
  /** "" where the resource can't be listed; listType then is the type itself. */
  readonly listKind: string;
  /** A row that a CustomResourceDefinition added. */
  readonly custom?: boolean;
  /** Of a custom row. */
  readonly served?: ServedCustom;
  /** As discovery shows it; absent where nothing is stored. */
  readonly storageVersionHash?: string | undefined;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** In the order in which discovery lists them. */
  readonly verbs: ReadonlySet<string>;
  readonly subresources: ReadonlyMap<string, SubresourceDef>;
  readonly type: StructType;
  readonly listType: StructType;
  readonly columns: readonly ColumnDefinition[];
  /** Undefined for virtual resources that store nothing (TokenReview, SubjectAccessReview, Binding). */
  readonly storage?: StorageResource;
  /** Field names that field selectors may use, beyond metadata.name and metadata.namespace. */
  readonly selectableFields: ReadonlySet<string>;
}
