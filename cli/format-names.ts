/** What a report can be printed as. In a file of its own, as the command line names them without making any. */
export const formats = ["terminal", "markdown", "html", "json", "terraform", "codequality", "junit"] as const;
export type Format = (typeof formats)[number];

/** What a check can be printed as. */
export const checkFormats = ["table", "json", "sarif", "junit"] as const;
export type CheckFormat = (typeof checkFormats)[number];
