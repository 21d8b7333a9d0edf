import { WireType } from "@bufbuild/protobuf/wire";
import type { Json, JsonObject } from "../../kube/json.js";
import {
  any,
  around,
  each,
  encodeMessage,
  type FieldWriter,
  flag,
  isReference,
  type Message,
  named,
  nested,
  real,
  text,
  texts,
  whole,
} from "./protobuf.js";

/** A v3 document in the protobuf form of gnostic's OpenAPIv3.proto (github.com/google/gnostic-models). */
export function openApiV3Protobuf(document: JsonObject): Uint8Array {
  return encodeMessage(DOCUMENT, document);
}

const REFERENCE: Message = { fields: { $ref: [1, text] } };

function orReference(message: () => Message): FieldWriter {
  return around((value) => (isReference(value) ? [2, nested(() => REFERENCE)] : [1, nested(message)]));
}

const schemaOrReference = orReference(() => SCHEMA);

/** A default keeps its zero value: it is a choice between types. Objects have no place in it and leave it empty. */
const defaultValue: FieldWriter = around((value) => {
  if (typeof value === "number")
    return [1, (writer, no, item) => writer.tag(no, WireType.Bit64).double(item as number)];
  if (typeof value === "boolean")
    return [2, (writer, no, item) => writer.tag(no, WireType.Varint).bool(item as boolean)];
  if (typeof value === "string") {
    return [3, (writer, no, item) => writer.tag(no, WireType.LengthDelimited).string(item as string)];
  }
  return undefined;
});

const SCHEMA: Message = {
  fields: {
    nullable: [1, flag],
    readOnly: [3, flag],
    writeOnly: [4, flag],
    example: [7, any],
    deprecated: [8, flag],
    title: [9, text],
    multipleOf: [10, real],
    maximum: [11, real],
    exclusiveMaximum: [12, flag],
    minimum: [13, real],
    exclusiveMinimum: [14, flag],
    maxLength: [15, whole],
    minLength: [16, whole],
    pattern: [17, text],
    maxItems: [18, whole],
    minItems: [19, whole],
    uniqueItems: [20, flag],
    maxProperties: [21, whole],
    minProperties: [22, whole],
    required: [23, texts],
    enum: [24, each(any)],
    type: [25, text],
    allOf: [26, each(schemaOrReference)],
    oneOf: [27, each(schemaOrReference)],
    anyOf: [28, each(schemaOrReference)],
    not: [29, nested(() => SCHEMA)],
    items: [30, around(() => [1, schemaOrReference])],
    properties: [31, named(schemaOrReference)],
    additionalProperties: [
      32,
      around((value: Json) => (typeof value === "boolean" ? [2, flag] : [1, schemaOrReference])),
    ],
    default: [33, defaultValue],
    description: [34, text],
    format: [35, text],
  },
  extensions: 36,
};

const content = named(nested(() => ({ fields: { schema: [1, schemaOrReference] } })));

const PARAMETER: Message = {
  fields: {
    name: [1, text],
    in: [2, text],
    description: [3, text],
    required: [4, flag],
    schema: [10, schemaOrReference],
  },
};

const RESPONSE: Message = { fields: { description: [1, text], content: [3, content] } };
const REQUEST_BODY: Message = { fields: { description: [1, text], content: [2, content], required: [3, flag] } };

const OPERATION: Message = {
  fields: {
    tags: [1, texts],
    description: [3, text],
    operationId: [5, text],
    parameters: [6, each(orReference(() => PARAMETER))],
    requestBody: [7, orReference(() => REQUEST_BODY)],
    responses: [8, nested(() => ({ fields: {}, rest: [2, orReference(() => RESPONSE)] }))],
  },
  extensions: 13,
};

const operation = nested(() => OPERATION);

const PATH_ITEM: Message = {
  fields: {
    get: [4, operation],
    put: [5, operation],
    post: [6, operation],
    delete: [7, operation],
    options: [8, operation],
    head: [9, operation],
    patch: [10, operation],
    parameters: [13, each(orReference(() => PARAMETER))],
  },
};

const SECURITY_SCHEME: Message = {
  fields: { type: [1, text], description: [2, text], name: [3, text], in: [4, text] },
};

const DOCUMENT: Message = {
  fields: {
    openapi: [1, text],
    info: [2, nested(() => ({ fields: { title: [1, text], description: [2, text], version: [6, text] } }))],
    paths: [4, named(nested(() => PATH_ITEM))],
    components: [
      5,
      nested(() => ({
        fields: {
          schemas: [1, named(schemaOrReference)],
          securitySchemes: [7, named(orReference(() => SECURITY_SCHEME))],
        },
      })),
    ],
  },
};
