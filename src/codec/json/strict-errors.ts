import { goQuote } from "../../kube/go-text.js";

/** Findings beyond this are dropped; upstream: sigs.k8s.io/json, kubernetes_patch.go. */
const LIMIT = 100;

/** Keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** What strict field validation finds: each message once, in the order of the document. */
export class StrictErrors {
  readonly #messages: string[];

  constructor(messages: string[]) {
    this.#messages = messages;
  }

  unknown(path: Path, field: string): void {
    this.#add("unknown field", path, field);
  }

  duplicate(path: Path, field: string): void {
    this.#add("duplicate field", path, field);
  }

  #add(what: string, path: Path, field: string): void {
    if (this.#messages.length >= LIMIT) return;
    const message = `${what} ${goQuote(joinPath(path, field))}`;
    if (!this.#messages.includes(message)) this.#messages.push(message);
  }
}

function joinPath(path: Path, field: string): string {
  let out = "";
  for (const segment of [...path, field]) {
    if (typeof segment === "number") out += `[${segment}]`;
    else out += out === "" ? segment : `.${segment}`;
  }
  return out;
}
