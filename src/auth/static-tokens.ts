import type { UserInfo } from "../kube/handler.js";
import { forTheApi, type TokenAuthenticator } from "./tokens.js";

/** Users by the tokens that name them. */
export type StaticTokens = ReadonlyMap<string, UserInfo>;

/** Tokens that are known from the start. */
export function staticTokens(tokens: StaticTokens): TokenAuthenticator {
  return forTheApi((token) => tokens.get(token));
}

/**
 * kube-apiserver's --token-auth-file: lines of token, user, uid and optionally groups, comma-separated, in quotes
 * where a value has commas. Upstream: apiserver/pkg/authentication/token/tokenfile/tokenfile.go. Throws an Error that
 * names the line.
 */
export function parseTokenFile(text: string): StaticTokens {
  const tokens = new Map<string, UserInfo>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const wrong = (why: string) => new Error(`line ${index + 1}: ${why}`);
    const values = splitLine(line);
    if (!values) throw wrong("a quote is not closed or stands in a value");
    const [token = "", name = "", uid = "", groups = ""] = values;
    if (values.length < 3) throw wrong(`expected token, user and uid, found ${values.length} value(s)`);
    if (token === "") continue;
    tokens.set(token, {
      name,
      groups: groups === "" ? [] : groups.split(","),
      ...(uid === "" ? {} : { uid }),
    });
  }
  return tokens;
}

const VALUE = /\s*(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

function splitLine(line: string): string[] | undefined {
  const values: string[] = [];
  for (let at = 0; ; ) {
    VALUE.lastIndex = at;
    const found = VALUE.exec(line);
    if (!found) return undefined;
    values.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === "") return values;
    at = VALUE.lastIndex;
  }
}
