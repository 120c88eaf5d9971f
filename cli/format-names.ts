/** What a report can be printed as. In a file of its own, as the command line names them without making any. */
export const formats = ["terminal", "markdown", "html", "json", "terraform", "codequality", "junit"] as const;
export type Format = (typeof formats)[number];
