import { createPublicKey } from "node:crypto";

/** Bits of an RSA key below which its signatures are no longer trusted: https://www.rfc-editor.org/rfc/rfc7518#section-3.3 */
const fewestBits = 2048;

/** What is wrong with a public key for RS256 in PEM, and what to do about it. The key itself is in no message. */
export function publicKeyProblem(pem: string): string | undefined {
  if (/PRIVATE KEY/.test(pem)) {
    return "is a private key: whoever reads this file could issue tokens. Rotate it, and put the new one's public key here (openssl pkey -in key.pem -pubout)";
  }
  if (/BEGIN CERTIFICATE/.test(pem)) {
    return "is a certificate, which ends some day. Put its public key here (openssl x509 -in cert.pem -noout -pubkey)";
  }
  if (!/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n?$/.test(pem)) {
    return "is not a public key in PEM, -----BEGIN PUBLIC KEY----- and so on (openssl pkey -in key.pem -pubout)";
  }
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(pem);
    if (asymmetricKeyType !== "rsa")
      return `is of type ${asymmetricKeyType}, and tokens are signed with RS256. Use an RSA key`;
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    return bits < fewestBits ? `has ${bits} bits. Use an RSA key of at least ${fewestBits}` : undefined;
  } catch {
    return "cannot be read as a public key: it is damaged (openssl pkey -in key.pem -pubout)";
  }
}
