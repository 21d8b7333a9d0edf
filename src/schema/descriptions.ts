import type { StructType } from "./model.js";
import { packageTexts } from "./package-texts.js";
import type { DescriptionsFile } from "./tables-format.js";

const UNDESCRIBED = "-";

export interface Description {
  /** False where the original has none. */
  readonly exists: boolean;
  /** Empty where there is none, and where the package has another text or none. */
  readonly text: string;
}

const NONE: Description = { exists: false, text: "" };

/** The texts that the emulated release has for its types and fields, as far as they are at hand word for word. */
export class Descriptions {
  readonly #rows: DescriptionsFile["descriptions"];

  constructor(file: DescriptionsFile) {
    this.#rows = file.descriptions;
  }

  /** @param type its OpenAPI name */
  ofType(type: string): Description {
    return described(this.#prints(type)[0]);
  }

  /** Of each field, in the order of `type.fields`. */
  ofFields(type: StructType): readonly Description[] {
    const [, ...prints] = this.#prints(type.name);
    return type.fields.map((_, index) => described(prints[index]));
  }

  /** The text of a field of a struct or of one inlined in it, "" where it is not at hand. */
  fieldText(type: StructType, field: string): string {
    const index = type.fields.findIndex(({ name, inline }) => name === field && !inline);
    if (index >= 0) return described(this.#prints(type.name)[index + 1]).text;
    for (const { inline, type: inlined } of type.fields) {
      const text = inline && inlined.kind === "struct" ? this.fieldText(inlined.struct, field) : "";
      if (text !== "") return text;
    }
    return "";
  }

  #prints(type: string): readonly string[] {
    return Object.hasOwn(this.#rows, type) ? this.#rows[type]!.split(" ") : [];
  }
}

/** The text with a fingerprint, "" where it is not at hand. */
export function textOf(fingerprint: string | undefined): string {
  return (fingerprint && packageTexts().get(fingerprint)) || "";
}

function described(fingerprint: string | undefined): Description {
  if (fingerprint === undefined || fingerprint === UNDESCRIBED) return NONE;
  return { exists: true, text: textOf(fingerprint) };
}
