// Verifies a Sigstore bundle by a public key, with @sigstore/verify: verify_bundle.cjs TOOLS BUNDLE KEY
const { createRequire } = require("node:module");
const { createPublicKey } = require("node:crypto");
const { readFileSync } = require("node:fs");

const [tools, bundle, key] = process.argv.slice(2);
const load = createRequire(`${tools}/`);
const { bundleFromJSON } = load("@sigstore/bundle");
const { Verifier, toSignedEntity, toTrustMaterial } = load("@sigstore/verify");

const publicKey = createPublicKey(readFileSync(key));
const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const hints = [];
const trusted = toTrustMaterial(none, (hint) => {
  hints.push(hint);
  return { publicKey, validFor: () => true };
});
const verifier = new Verifier(trusted, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(readFileSync(bundle, "utf8")))));
console.log(`verified ${hints.join()}`);
