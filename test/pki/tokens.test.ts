import { createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { generateKey, keyPem } from "../../src/pki/keys.js";
import { LazyTokenKey, readToken, TokenKey } from "../../src/pki/tokens.js";

const ec = async () => TokenKey.load(keyPem(generateKey().privateKey));

/** As somebody checks a token who has nothing but the published key. */
function checks(key: TokenKey, token: string): boolean {
  const [header, claims, signature] = token.split(".") as [string, string, string];
  const publicKey = createPublicKey({ key: key.jwk as JsonWebKey, format: "jwk" });
  const options = { key: publicKey, dsaEncoding: "ieee-p1363" as const };
  return verify("sha256", Buffer.from(`${header}.${claims}`), options, Buffer.from(signature, "base64url"));
}

describe.each([
  ["ES256", ec],
  ["RS256", TokenKey.generate],
])("a key for %s", (algorithm, make) => {
  let key: TokenKey;

  beforeAll(async () => {
    key = await make();
  });

  it("signs tokens that its published half proves", () => {
    const token = key.sign({ iss: "a", n: 1 });
    expect(readToken(token)).toEqual({ header: { alg: algorithm, kid: key.id }, claims: { iss: "a", n: 1 } });
    expect(key.jwk).toMatchObject({ use: "sig", alg: algorithm, kid: key.id });
    expect(checks(key, token)).toBe(true);
    expect(key.signed(token)).toBe(true);
  });

  it("knows what it has not signed", async () => {
    const token = key.sign({ iss: "a" });
    const [header, , signature] = token.split(".");
    const claims = Buffer.from('{"iss":"b"}').toString("base64url");
    expect(key.signed(`${header}.${claims}.${signature}`)).toBe(false);
    expect(key.signed(`${token}AAAA`)).toBe(false);
    expect(key.signed((await make()).sign({ iss: "a" }))).toBe(false);
  });

  it("is itself again when it is loaded", () => {
    const again = TokenKey.load(key.pem);
    expect(again.id).toBe(key.id);
    expect(again.signed(key.sign({}))).toBe(true);
  });
});

describe("readToken", () => {
  it.each(["", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", " e30.e30.e30", "e30.W10.e30", "e30.bnVsbA.e30"])(
    "reads nothing from %j",
    (text) => {
      expect(readToken(text)).toBeUndefined();
    },
  );

  it("reads what nobody has signed", () => {
    expect(readToken("e30.e30.e30")).toEqual({ header: {}, claims: {} });
  });
});

it("a key is made once, when it is needed", async () => {
  const lazy = new LazyTokenKey();
  expect(lazy.made).toBeUndefined();
  const [one, other] = await Promise.all([lazy.make(), lazy.make()]);
  expect(one).toBe(other);
  expect(lazy.made).toBe(one);
});

it("a key on another curve is refused", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const pem = privateKey.export({ type: "sec1", format: "pem" }) as string;
  expect(() => TokenKey.load(pem)).toThrow("P-256");
});
