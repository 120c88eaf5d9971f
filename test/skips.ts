/** Tests that may be skipped where something cannot be had, by full name, each with the reason. Any other skip fails. */
export const permittedSkips: Readonly<Record<string, string>> = {
  "the poolers keep the prepared statements of clients that share connections":
    "needs PgBouncer 1.21 or newer, and Debian 12 has 1.18",
};
