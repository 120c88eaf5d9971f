import { rmSync, writeFileSync } from "node:fs";

/** Writes a file that only its owner can read, also over one that others could: a mode is for files that are new. */
export function writePrivate(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
}
