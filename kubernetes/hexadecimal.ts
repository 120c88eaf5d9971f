/** Random bytes as keys are written, in base64. @param digits hexadecimal, two for each byte */
export function base64Of(digits: string): string {
  return Buffer.from(digits, "hex").toString("base64");
}

/** A random UUID, of version 4 (RFC 9562). @param digits 32 random hexadecimal ones, of which six bits are not used */
export function uuidOf(digits: string): string {
  const variant = "89ab"[Number.parseInt(digits[16] ?? "", 16) & 3] ?? "";
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}
