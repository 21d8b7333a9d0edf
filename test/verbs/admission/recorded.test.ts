import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/kube/json.js";
import { applyMergePatch } from "../../../src/patch/merge.js";
import {
  type Answer,
  CREATE,
  type CreateCase,
  create,
  readCases,
  stripped,
  UPDATE,
  type UpdateCase,
  update,
} from "./recorded/pipeline.js";

/** Recorded is what of the object differs from what was sent. */
function whole(sent: Json, answer: Answer): Answer {
  if (answer.object === undefined) return answer;
  return { ...answer, object: applyMergePatch(stripped(sent), answer.object) };
}

describe("a create is answered as a real kube-apiserver did", () => {
  test.for(readCases<CreateCase>(CREATE))("$name", (each) => {
    const sent = { ...each.body, metadata: each.body.metadata ?? {} };
    expect(create(each)).toEqual(whole(sent, each.answer!));
  });
});

describe("an update is answered as a real kube-apiserver did", () => {
  for (const { name, path, old, changes } of readCases<UpdateCase>(UPDATE)) {
    test.for(changes)(`${name}: $name`, ({ subresource, change, answer }) => {
      const sent = applyMergePatch(old as unknown as Json, change);
      expect(update(path, old!, subresource, sent)).toEqual(whole(sent, answer!));
    });
  }
});
