import { join } from "node:path";
import { unpackDebian } from "../../local/debian.ts";
import { runProgram } from "../../local/process.ts";

/** Files of a server's key and of the certificate that it signs itself, for the loopback address. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/** Makes them in a folder. @param name what the certificate calls its owner */
export async function selfSigned(folder: string, name: string): Promise<SelfSigned> {
  const files = { key: join(folder, "key"), cert: join(folder, "ca.crt") };
  const { root, env } = await unpackDebian(["openssl", "libssl3"]);
  const { code, output } = await runProgram({
    command: join(root, "usr/bin/openssl"),
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-keyout", files.key, "-out", files.cert],
    ],
    env: { ...env, OPENSSL_CONF: "/dev/null" },
    limit: 60,
  });
  if (code !== 0) throw new Error(`openssl made no certificate:\n${output}`);
  return files;
}
