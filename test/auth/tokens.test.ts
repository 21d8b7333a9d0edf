import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuthFleet, type Caller } from "./fleet.js";

const NS = "/api/v1/namespaces/default";
const WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const ISSUER = "https://kubernetes.default.svc";

let fleet: AuthFleet;
let admin: Caller;

beforeAll(async () => {
  fleet = await AuthFleet.start({ clusters: 2 });
  admin = await fleet.admin();
  await account("asked");
});

afterAll(() => fleet.stop());

async function make(kind: string, object: object): Promise<{ metadata: { uid: string } }> {
  const { status, body } = await admin("POST", `${NS}/${kind}`, object);
  expect([status, body.message]).toEqual([201, undefined]);
  return body;
}

const account = (name: string) => make("serviceaccounts", { metadata: { name } });

async function token(name: string, spec: object = {}): Promise<string> {
  const { status, body } = await admin("POST", `${NS}/serviceaccounts/${name}/token`, { spec });
  expect([status, body.message]).toEqual([201, undefined]);
  return body.status.token;
}

function claims(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text.split(".")[1]!, "base64url").toString());
}

/** The answer's code, and the user where there is one. */
async function who(text: string, cluster = 0) {
  const { status, body } = await (await fleet.bearer(text, cluster))("POST", WHO, {});
  return { status, user: body.status?.userInfo };
}

async function refusal(text: string, audiences?: string[]): Promise<string> {
  const spec = { token: text, ...(audiences ? { audiences } : {}) };
  const { body } = await admin("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec });
  expect(body.status.authenticated).toBeUndefined();
  return body.status.error;
}

describe("a service account's token", () => {
  it("says whose it is and for how long", async () => {
    const { metadata } = await account("plain");
    const { body } = await admin("POST", `${NS}/serviceaccounts/plain/token`, { spec: { expirationSeconds: 600 } });
    const said = claims(body.status.token) as { exp: number; iat: number };
    expect(said).toEqual({
      aud: [ISSUER],
      exp: said.iat + 600,
      iat: said.iat,
      iss: ISSUER,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "kubernetes.io": { namespace: "default", serviceaccount: { name: "plain", uid: metadata.uid } },
      nbf: said.iat,
      sub: "system:serviceaccount:default:plain",
    });
    expect(Date.parse(body.status.expirationTimestamp)).toBe(said.exp * 1000);
    expect(body.spec).toEqual({ audiences: [ISSUER], expirationSeconds: 600, boundObjectRef: null });
  });

  it("names its account, with the account's groups", async () => {
    const { metadata } = await account("named");
    const text = await token("named");
    expect(await who(text)).toEqual({
      status: 201,
      user: {
        username: "system:serviceaccount:default:named",
        uid: metadata.uid,
        groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": [`JTI=${claims(text).jti}`] },
      },
    });
  });

  it("is worth nothing on another cluster", async () => {
    await account("local");
    const text = await token("local");
    expect((await who(text, 1)).status).toBe(401);
    expect((await who(text)).status).toBe(201);
  });

  it("is worth nothing when it has been tampered with", async () => {
    await account("solid");
    const [header, , signature] = (await token("solid")).split(".");
    const forged = Buffer.from(JSON.stringify({ iss: ISSUER, aud: [ISSUER], sub: "x" })).toString("base64url");
    expect((await who(`${header}.${forged}.${signature}`)).status).toBe(401);
    const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
    expect((await who(`${unsigned}.${forged}.${signature}`)).status).toBe(401);
  });

  it("is for its audiences", async () => {
    await account("heard");
    const text = await token("heard", { audiences: ["vault"] });
    expect((await who(text)).status).toBe(401);
    expect(await refusal(text)).toBe(
      `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["${ISSUER}"]]`,
    );
    const spec = { token: text, audiences: ["x", "vault"] };
    const { body } = await admin("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec });
    expect(body.status).toMatchObject({ authenticated: true, audiences: ["vault"] });
  });

  it("goes with its account", async () => {
    const { metadata } = await account("brief");
    const text = await token("brief");
    await admin("DELETE", `${NS}/serviceaccounts/brief`);
    expect(await refusal(text)).toBe('[invalid bearer token, serviceaccounts "brief" not found]');
    const { metadata: next } = await account("brief");
    expect(await refusal(text)).toBe(
      `[invalid bearer token, service account UID (${next.uid}) does not match claim (${metadata.uid})]`,
    );
    expect((await who(text)).status).toBe(401);
  });

  it("goes with what it is bound to", async () => {
    await account("bound");
    await make("secrets", { metadata: { name: "held" } });
    const text = await token("bound", { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "held" } });
    expect((await who(text)).status).toBe(201);
    await admin("DELETE", `${NS}/secrets/held`);
    expect(await refusal(text)).toBe("[invalid bearer token, service account token has been invalidated]");
  });

  it("of a pod tells the pod and its node, and lives on for programs that never read a second one", async () => {
    await account("pods");
    const containers = [{ name: "c", image: "i" }];
    const pod = { metadata: { name: "p" }, spec: { serviceAccountName: "pods", nodeName: "n", containers } };
    const { metadata } = await make("pods", pod);
    const reference = { kind: "Pod", apiVersion: "v1", name: "p" };
    const text = await token("pods", { boundObjectRef: reference, expirationSeconds: 3607 });
    const said = claims(text) as { exp: number; iat: number; "kubernetes.io": object };
    expect(said.exp - said.iat).toBe(365 * 24 * 3600);
    expect(said["kubernetes.io"]).toMatchObject({
      node: { name: "n" },
      pod: { name: "p", uid: metadata.uid },
      warnafter: said.iat + 3607,
    });
    expect((await who(text)).user.extra).toMatchObject({
      "authentication.kubernetes.io/pod-name": ["p"],
      "authentication.kubernetes.io/pod-uid": [metadata.uid],
      "authentication.kubernetes.io/node-name": ["n"],
    });
  });

  it.each([
    [{ expirationSeconds: 599 }, 422, "may not specify a duration less than 10 minutes"],
    [{ expirationSeconds: 2 ** 32 + 1 }, 422, "may not specify a duration larger than 2^32 seconds"],
    [{ boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "none" } }, 404, 'secrets "none" not found'],
    [{ boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "x" } }, 400, "object of type /v1, Kind=ConfigMap"],
  ])("is not made for %j", async (spec, code, message) => {
    const { status, body } = await admin("POST", `${NS}/serviceaccounts/asked/token`, { spec });
    expect([status, body.message]).toEqual([code, expect.stringContaining(message)]);
  });

  it("can be checked by others", async () => {
    await account("public");
    const text = await token("public");
    const configuration = (await admin("GET", "/.well-known/openid-configuration")).body;
    expect(configuration).toMatchObject({ issuer: ISSUER, jwks_uri: expect.stringMatching(/\/openid\/v1\/jwks$/) });
    const { body, headers } = await admin("GET", new URL(configuration.jwks_uri).pathname);
    expect(headers["content-type"]).toEqual(["application/jwk-set+json"]);
    const [jwk] = body.keys as JsonWebKey[];
    const key = createPublicKey({ key: jwk!, format: "jwk" });
    const end = text.lastIndexOf(".");
    const signature = Buffer.from(text.slice(end + 1), "base64url");
    const signed = Buffer.from(text.slice(0, end));
    expect(verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
  });
});

describe("a bootstrap token", () => {
  const base64 = (data: Record<string, string>) =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));

  async function keep(id: string, data: Record<string, string>, type = "bootstrap.kubernetes.io/token") {
    const all = {
      "token-id": id,
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-authentication": "true",
      ...data,
    };
    const secret = { metadata: { name: `bootstrap-token-${id}` }, type, data: base64(all) };
    const { status } = await admin("POST", "/api/v1/namespaces/kube-system/secrets", secret);
    expect(status).toBe(201);
  }

  it("names its bearer and the groups that its secret says", async () => {
    await keep("aaaaaa", { "auth-extra-groups": "system:bootstrappers:x", expiration: "2999-01-01T00:00:00Z" });
    expect((await who("aaaaaa.0123456789abcdef")).user).toEqual({
      username: "system:bootstrap:aaaaaa",
      groups: ["system:bootstrappers", "system:bootstrappers:x", "system:authenticated"],
    });
  });

  it("must be right", async () => {
    await keep("bbbbbb", {});
    await keep("cccccc", { expiration: "2001-01-01T00:00:00Z" });
    await keep("dddddd", { "usage-bootstrap-authentication": "false" });
    await keep("eeeeee", { "auth-extra-groups": "system:masters" });
    await keep("ffffff", {}, "Opaque");
    await keep("gggggg", { expiration: "soon" });
    expect((await who("bbbbbb.0123456789abcdef")).status).toBe(201);
    for (const wrong of ["bbbbbb.0123456789abcdeX", "bbbbbb.0123456789abcde0", "hhhhhh.0123456789abcdef"]) {
      expect((await who(wrong)).status).toBe(401);
    }
    for (const id of ["cccccc", "dddddd", "eeeeee", "ffffff", "gggggg"]) {
      expect((await who(`${id}.0123456789abcdef`)).status).toBe(401);
    }
  });
});
