/** Only forge's ASN.1 encoder is loaded: the whole library takes 50 ms and 10 MB, the encoder a fraction of both. */
declare module "node-forge/lib/asn1.js" {
  import type { asn1 } from "node-forge";

  const encoder: typeof asn1;

  // biome-ignore lint/style/noDefaultExport: it is how the encoder exports itself
  export default encoder;
}
