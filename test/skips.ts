const checkov = "needs Python 3.9 or newer with venv, and checkov's packages from PyPI";

/** Tests that may be skipped where something cannot be had, by full name, each with the reason. Any other skip fails. */
export const permittedSkips: Readonly<Record<string, string>> = {
  "the poolers keep the prepared statements of clients that share connections":
    "needs PgBouncer 1.21 or newer, and Debian 12 has 1.18",
  "checkov finds no fault with dev beyond what is exempt": checkov,
  "checkov finds no fault with staging beyond what is exempt": checkov,
  "checkov finds no fault with prod beyond what is exempt": checkov,
  "checkov finds no fault with what environments of a cluster share beyond what is exempt": checkov,
  "checkov finds fault with an object whose exemptions it is not told": checkov,
};
