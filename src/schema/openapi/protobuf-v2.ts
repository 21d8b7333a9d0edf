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

/** A v2 document in the protobuf form of gnostic's OpenAPIv2.proto (github.com/google/gnostic-models). */
export function openApiV2Protobuf(document: JsonObject): Uint8Array {
  return encodeMessage(DOCUMENT, document);
}

const REFERENCE: Message = { fields: { $ref: [1, text] } };

const schema: FieldWriter = nested(() => SCHEMA);
const typeNames: FieldWriter = around((value: Json) => [1, Array.isArray(value) ? texts : text]);

const SCHEMA: Message = {
  fields: {
    $ref: [1, text],
    format: [2, text],
    description: [4, text],
    default: [5, any],
    title: [3, text],
    multipleOf: [6, real],
    maximum: [7, real],
    exclusiveMaximum: [8, flag],
    minimum: [9, real],
    exclusiveMinimum: [10, flag],
    maxLength: [11, whole],
    minLength: [12, whole],
    pattern: [13, text],
    maxItems: [14, whole],
    minItems: [15, whole],
    uniqueItems: [16, flag],
    maxProperties: [17, whole],
    minProperties: [18, whole],
    required: [19, texts],
    enum: [20, each(any)],
    additionalProperties: [21, around((value: Json) => (typeof value === "boolean" ? [2, flag] : [1, schema]))],
    type: [22, typeNames],
    items: [23, around(() => [1, schema])],
    allOf: [24, each(schema)],
    properties: [25, named(schema)],
    readOnly: [27, flag],
    example: [30, any],
  },
  extensions: 31,
};

const BODY_PARAMETER: Message = {
  fields: { description: [1, text], name: [2, text], in: [3, text], required: [4, flag], schema: [5, schema] },
};

const QUERY_PARAMETER: Message = {
  fields: {
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [6, text],
    uniqueItems: [20, flag],
  },
};

const PATH_PARAMETER: Message = {
  fields: {
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [5, text],
    uniqueItems: [19, flag],
  },
};

const nonBody: FieldWriter = around((value) =>
  (value as JsonObject).in === "path" ? [4, nested(() => PATH_PARAMETER)] : [3, nested(() => QUERY_PARAMETER)],
);

const parameter: FieldWriter = around((value) =>
  (value as JsonObject).in === "body" ? [1, nested(() => BODY_PARAMETER)] : [2, nonBody],
);

const parameterOrReference: FieldWriter = around((value) =>
  isReference(value) ? [2, nested(() => REFERENCE)] : [1, parameter],
);

const RESPONSE: Message = { fields: { description: [1, text], schema: [2, around(() => [1, schema])] } };

const OPERATION: Message = {
  fields: {
    tags: [1, texts],
    description: [3, text],
    operationId: [5, text],
    produces: [6, texts],
    consumes: [7, texts],
    parameters: [8, each(parameterOrReference)],
    responses: [9, named(around(() => [1, nested(() => RESPONSE)]))],
    schemes: [10, texts],
  },
  extensions: 13,
};

const operation = nested(() => OPERATION);

const PATH_ITEM: Message = {
  fields: {
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, each(parameterOrReference)],
  },
};

const API_KEY: Message = { fields: { type: [1, text], name: [2, text], in: [3, text], description: [4, text] } };

const DOCUMENT: Message = {
  fields: {
    swagger: [1, text],
    info: [2, nested(() => ({ fields: { title: [1, text], version: [2, text], description: [3, text] } }))],
    paths: [8, nested(() => ({ fields: {}, rest: [2, nested(() => PATH_ITEM)] }))],
    definitions: [9, named(schema)],
    parameters: [10, named(parameter)],
    security: [12, each(named(around(() => [1, texts])))],
    securityDefinitions: [13, named(around(() => [2, nested(() => API_KEY)]))],
  },
};
