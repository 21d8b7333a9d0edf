/** The bytes are not JSON. The message is what Go's decoder says; upstream: encoding/json/scanner.go. */
export class JsonSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JsonSyntaxError";
  }
}

/** The document is well formed but does not fit its type. The message is what Go's decoder says. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DecodeError";
  }
}
