/** Tests that may be skipped where something cannot be had, by full name, each with the reason. Any other skip fails. */
export const permittedSkips: Readonly<Record<string, string>> = {};
