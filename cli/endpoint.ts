import { UsageError } from "../policies/finding.ts";

/** Where something is asked over HTTP. */
export interface Endpoint {
  readonly url: URL;
  /** Who asks, where the address said so. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * An address with its credentials where they belong: in a header. fetch refuses them in a URL, and repeats it in what it says,
 * password and all.
 * @param what what is there, for the message, which does not repeat the text
 * @throws {UsageError} when it is no URL of http or https
 */
export function endpoint(text: string, what: string): Endpoint {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(`The address of ${what} is no URL such as https://host:9090.`);
  }
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url, headers: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

/** A path below an address, which may have one itself. */
export function below({ url }: Endpoint, path: string): URL {
  return new URL(`${url.origin}${url.pathname.replace(/\/$/, "")}${path}`);
}
