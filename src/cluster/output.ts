import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CertificateAuthority } from "../pki/authority.js";
import { type KeptKey, TokenKey } from "../pki/tokens.js";
import { claim, claimant } from "./claim.js";
import { sameCertificate } from "./given.js";
import { createIdentity, type Identity, parseIdentity, serializeIdentity } from "./identity.js";
import { StartError } from "./start-error.js";

/** The end of the names of files that hold keys for tokens. */
const TOKEN_KEY = ".sa.key";
/** The end of the names of files that hold etcd's CA, the key after the certificate. */
const ETCD = ".etcd.pem";

/** The CA of the admin API's own certificate, whole and its public half. */
const ADMIN_CA = ["admin.pem", "admin-ca.crt"] as const;
/** What shows the admin API that somebody can read the folder. */
const ADMIN_TOKEN = "admin.token";

/** Where a running fleet can be found; holds no secrets. */
export interface FleetRecord {
  readonly format: 1;
  readonly pid: number;
  readonly admin?: { readonly url: string };
  /** Where the identities are, if not in the folder `pki` beside this. */
  readonly identities?: string;
  readonly clusters: readonly { readonly name: string; readonly server: string; readonly tlsServerName?: string }[];
}

/**
 * The output folder: `<name>.kubeconfig`, `kubeconfig` with all of them, `pki/<name>.json` with the identities that
 * a restart takes up again, `pki/<name>.sa.key` with the keys of tokens, `pki/<name>.etcd.pem` with the CAs of etcd,
 * `pki/admin.*` and `admin-ca.crt` for the admin API,
 * `fleet.json` and `fleet.lock` while a fleet runs. Files are complete or absent: written aside, then renamed. Calls
 * are synchronous, because a thousand small files are written in a tenth of the time that the thread pool takes.
 */
export class Output {
  readonly #pki: string;
  readonly #elsewhere: { readonly identities: string; readonly claimed: boolean } | undefined;
  #identities: string | undefined;
  #giveBack: (() => void) | undefined;

  /** `elsewhere`: another folder for identities, and whether the fleet has claimed this one already. */
  constructor(
    readonly dir: string,
    elsewhere?: { readonly identities: string; readonly claimed: boolean },
  ) {
    this.#pki = join(dir, "pki");
    this.#elsewhere = elsewhere;
    this.#identities = elsewhere?.identities;
  }

  /** Commands find them where the running fleet says. */
  get #identityFolder(): string {
    return this.#identities ?? this.readRecord()?.identities ?? this.#pki;
  }

  /** Makes the folder, tries it out and claims it for this fleet. Throws StartError. */
  prepare(): void {
    try {
      makeFolders(this.#pki);
      const probe = join(this.dir, `.probe.${process.pid}`);
      writeFileSync(probe, "");
      unlinkSync(probe);
      this.#giveBack = this.#elsewhere?.claimed === true ? () => {} : claim(this.dir);
      this.#identities ??= this.#pki;
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(`can't write to the output folder ${this.dir}: ${reason(error)}`);
    }
  }

  /** Drops all kept identities. */
  forgetIdentities(): void {
    for (const folder of new Set([this.#pki, this.#identityFolder])) {
      for (const file of readdirSync(folder)) {
        if ([".json", TOKEN_KEY, ETCD, ADMIN_CA[0]].some((end) => file.endsWith(end))) drop(folder, file);
      }
    }
  }

  /** Drops what is kept of one cluster, so that a later one of its name is another. */
  forget(name: string): void {
    for (const end of [".json", TOKEN_KEY, ETCD]) drop(this.#identityFolder, `${name}${end}`);
  }

  /**
   * The kept identity, or a new one that is kept from now on. Another process may do the same at the same time: the
   * first to finish decides. Throws StartError for a damaged file.
   */
  identity(name: string, now: number): Identity {
    const file = join(this.#identityFolder, `${name}.json`);
    const text = readIfThere(file);
    if (text !== undefined) return this.#kept(text, name, file, now);
    const made = createIdentity(now);
    if (this.#place(file, serializeIdentity(name, made), "first")) return made;
    return this.#kept(readFileSync(file, "utf8"), name, file, now);
  }

  #kept(text: string, name: string, file: string, now: number): Identity {
    const { identity, renewed } = parseIdentity(text, name, file, now);
    if (renewed) this.#place(file, serializeIdentity(name, identity));
    return identity;
  }

  hasIdentity(name: string): boolean {
    return existsSync(join(this.#identityFolder, `${name}.json`));
  }

  /** The kept identity if it is of this CA; otherwise a new one, which is kept from now on. */
  identityOf(name: string, authority: CertificateAuthority, now: number): Identity {
    const file = join(this.#identityFolder, `${name}.json`);
    const text = readIfThere(file);
    try {
      const kept = text === undefined ? undefined : this.#kept(text, name, file, now);
      if (kept !== undefined && sameCertificate(kept.authority.certificate, authority.certificate)) return kept;
    } catch {
      // Damaged, or of a CA that has ended: what is given takes its place.
    }
    const made = createIdentity(now, authority);
    this.#place(file, serializeIdentity(name, made));
    return made;
  }

  /** The CA of a cluster's etcd, if one has been kept. Throws StartError for a damaged file. */
  keptEtcdAuthority(name: string): CertificateAuthority | undefined {
    return readAuthority(join(this.#identityFolder, `${name}${ETCD}`));
  }

  keepEtcdAuthority(name: string, authority: CertificateAuthority): void {
    this.#place(join(this.#identityFolder, `${name}${ETCD}`), authorityText(authority));
  }

  /** The CA of the admin API's own certificate; clients find it in `admin-ca.crt`. */
  adminAuthority(now: number): CertificateAuthority {
    const [whole, half] = ADMIN_CA;
    const kept = readAuthority(join(this.#pki, whole));
    const authority = kept ?? CertificateAuthority.create(now, "fake-apiserver-admin");
    if (kept === undefined) this.#place(join(this.#pki, whole), authorityText(authority));
    this.#place(join(this.dir, half), authority.certificate);
    return authority;
  }

  /** PEM; undefined where the admin API has never had a certificate. */
  adminCa(): string | undefined {
    return readIfThere(join(this.dir, ADMIN_CA[1]));
  }

  /** A token for those who can read the folder; it is another at each start. */
  writeAdminToken(token: string): void {
    this.#place(join(this.#pki, ADMIN_TOKEN), `${token}\n`);
  }

  adminToken(): string | undefined {
    return readIfThere(join(this.#pki, ADMIN_TOKEN))?.trim();
  }

  /** The key that signs a cluster's tokens, in a file of its own: most clusters never need one. */
  tokenKey(name: string): KeptKey {
    const file = join(this.#identityFolder, `${name}${TOKEN_KEY}`);
    return {
      read: () => {
        const pem = readIfThere(file);
        try {
          return pem === undefined ? undefined : TokenKey.load(pem);
        } catch {
          throw new StartError(`${file}: not a key that signs tokens; remove the file or start with --fresh`);
        }
      },
      write: (key) => {
        this.#place(file, key.pem);
      },
    };
  }

  kubeconfigPath(name: string): string {
    return join(this.dir, `${name}.kubeconfig`);
  }

  writeKubeconfig(name: string, text: string): void {
    this.#place(this.kubeconfigPath(name), text);
  }

  removeKubeconfig(name: string): void {
    rmSync(this.kubeconfigPath(name), { force: true });
  }

  /** The kubeconfig with a context per cluster. */
  writeMerged(text: string): void {
    this.#place(join(this.dir, "kubeconfig"), text);
  }

  writeRecord(record: FleetRecord): void {
    const elsewhere = this.#elsewhere && { identities: resolve(this.#elsewhere.identities) };
    this.#place(join(this.dir, "fleet.json"), `${JSON.stringify({ ...record, ...elsewhere })}\n`);
  }

  /** Undefined when no fleet runs on this folder; what a killed one left does not count. */
  readRecord(): FleetRecord | undefined {
    if (claimant(this.dir) === undefined) return undefined;
    const text = readIfThere(join(this.dir, "fleet.json"));
    return text === undefined ? undefined : (JSON.parse(text) as FleetRecord);
  }

  /** Gives the folder back. Does nothing to one that another fleet has. */
  release(): void {
    if (this.#giveBack === undefined) return;
    rmSync(join(this.dir, "fleet.json"), { force: true });
    this.#giveBack();
    this.#giveBack = undefined;
  }

  /** "first" places nothing and returns false when the file is already there. */
  #place(file: string, text: string, when: "always" | "first" = "always"): boolean {
    const aside = `${file}.${process.pid}.tmp`;
    try {
      writeFileSync(aside, text, { mode: 0o600 });
      if (when === "always") {
        renameSync(aside, file);
        return true;
      }
      linkSync(aside, file); // unlike a rename it fails when somebody was first
      unlinkSync(aside);
      return true;
    } catch (error) {
      rmSync(aside, { force: true });
      if (when === "first" && code(error) === "EEXIST") return false;
      throw new StartError(`can't write ${file}: ${reason(error)}`);
    }
  }
}

function drop(folder: string, file: string): void {
  rmSync(join(folder, file), { force: true });
}

function authorityText(authority: CertificateAuthority): string {
  const { certificate, key } = authority.pair;
  return `${certificate.trimEnd()}\n${key.trimEnd()}\n`;
}

/** Undefined: no file. Throws StartError for a damaged one. */
function readAuthority(file: string): CertificateAuthority | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const at = text.search(/-----BEGIN [A-Z ]*PRIVATE KEY-----/);
    return CertificateAuthority.load({ certificate: text.slice(0, at), key: text.slice(at) });
  } catch {
    throw new StartError(`${file}: not a CA; remove the file or start with --fresh`);
  }
}

/** Like `mkdir -p`, whose counterpart in Node never returns where a folder takes no folders (/proc for one). */
function makeFolders(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (code(error) === "EEXIST" && statSync(path).isDirectory()) return;
    if (code(error) !== "ENOENT" || existsSync(dirname(path))) throw error;
    makeFolders(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (code(error) === "ENOENT") return undefined;
    throw new StartError(`can't read ${file}: ${reason(error)}`);
  }
}

function code(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
  ENOENT: "it can't be made there",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "there is a file in the folder's place",
  EISDIR: "there is a folder in the file's place",
};

function reason(error: unknown): string {
  const known = REASONS[code(error) ?? ""];
  return known ?? (error instanceof Error ? error.message : String(error));
}
