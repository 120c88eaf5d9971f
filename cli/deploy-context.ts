import { userInfo } from "node:os";

/**
 * Who deploys: the pipeline's page, or a person at a shell.
 * @param override why a freeze or a spent error budget does not hold it up; it is kept with who said so
 */
export function deployedBy(override?: string): string {
  const { GITLAB_CI, CI_JOB_URL, CI_PIPELINE_URL } = process.env;
  const who = GITLAB_CI !== "true" ? `${userInfo().username} by hand` : (CI_JOB_URL ?? CI_PIPELINE_URL ?? "a pipeline");
  return override === undefined ? who : `${who}; freezes and error budget overridden: ${override}`;
}
