import { userInfo } from "node:os";

/** Who deploys: the pipeline's page, or a person at a shell. */
export function deployedBy(): string {
  const { GITLAB_CI, CI_JOB_URL, CI_PIPELINE_URL } = process.env;
  return GITLAB_CI !== "true" ? `${userInfo().username} by hand` : (CI_JOB_URL ?? CI_PIPELINE_URL ?? "a pipeline");
}
