import { Scanner } from "../../codec/json/scanner.js";
import { stringAt } from "../../kube/access.js";
import type { Json, JsonObject, ObjectMeta } from "../../kube/json.js";

/** An object as a server has sent it. */
export interface Item {
  /** JSON with apiVersion and kind, byte for byte as it came: integers and numbers' forms are kept. */
  readonly text: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface Page {
  readonly items: readonly Item[];
  /** "" on the last page. */
  readonly next: string;
  readonly resourceVersion: string;
}

/** Takes a list apart. `kind`: what the items are where they don't say. @throws JsonSyntaxError */
export function readPage(text: string, kind: { readonly apiVersion: string; readonly kind: string }): Page {
  const scanner = new Scanner(text);
  let texts: string[] = [];
  let metadata: Json = {};
  if (scanner.peek() !== 123) scanner.fail("looking for beginning of value");
  scanner.enter();
  if (scanner.peek() !== 125) {
    do {
      const key = scanner.key();
      if (key === "items" && scanner.peek() === 91) texts = elements(scanner);
      else {
        const value = raw(scanner);
        if (key === "metadata") metadata = JSON.parse(value) as JsonObject;
      }
    } while (scanner.more(125, "after object key:value pair"));
  }
  return {
    items: texts.map((each) => itemOf(each, kind)),
    next: stringAt(metadata, "continue"),
    resourceVersion: stringAt(metadata, "resourceVersion"),
  };
}

/** One object, which may lack apiVersion and kind as those in lists do. */
export function itemOf(text: string, of: { readonly apiVersion: string; readonly kind: string }): Item {
  const { apiVersion, kind, metadata } = JSON.parse(text) as Partial<Item>;
  if (apiVersion !== undefined && kind !== undefined) return { text, apiVersion, kind, metadata: metadata ?? {} };
  const said = `{"apiVersion":${JSON.stringify(of.apiVersion)},"kind":${JSON.stringify(of.kind)},`;
  return { text: said + text.slice(text.indexOf("{") + 1), ...of, metadata: metadata ?? {} };
}

function elements(scanner: Scanner): string[] {
  const out: string[] = [];
  scanner.enter();
  if (scanner.peek() === 93) {
    scanner.leave();
    return out;
  }
  do out.push(raw(scanner));
  while (scanner.more(93, "after array element"));
  return out;
}

function raw(scanner: Scanner): string {
  const start = scanner.skip();
  return scanner.text.slice(start, scanner.pos);
}
