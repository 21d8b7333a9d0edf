/** As much as etcd is meant to hold. */
const QUOTA_BYTES = 8 * 1024 ** 3;

/**
 * What every member of an etcd of ours is told: nobody without a certificate gets in, neither client nor peer.
 * `dir`: with the files ca.crt, server.crt and server.key.
 */
export function commonFlags(dir: string): string[] {
  const [ca, certificate, key] = ["ca.crt", "server.crt", "server.key"].map((file) => `${dir}/${file}`);
  return [
    "--client-cert-auth",
    `--trusted-ca-file=${ca}`,
    `--cert-file=${certificate}`,
    `--key-file=${key}`,
    "--peer-client-cert-auth",
    `--peer-trusted-ca-file=${ca}`,
    `--peer-cert-file=${certificate}`,
    `--peer-key-file=${key}`,
    `--quota-backend-bytes=${QUOTA_BYTES}`,
    "--logger=zap",
    "--log-level=warn",
  ];
}
