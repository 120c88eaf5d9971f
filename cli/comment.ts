import { readFileSync } from "node:fs";
import { UsageError } from "../policies/finding.ts";

/** By this line a later run finds the comment of an earlier one. */
const marker = "<!-- suoke change report -->";
/** Most characters that GitLab takes in a comment (https://docs.gitlab.com/administration/instance_limits/). */
const limit = 1_000_000;

interface Note {
  readonly id: number;
  readonly body: string;
}

/** Puts reports into one comment of the merge request that this pipeline is for, and updates it from then on. */
export async function commentCommand(files: readonly string[]): Promise<void> {
  const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, COMMENT_TOKEN, CI_PIPELINE_URL = "" } = process.env;
  if (!CI_API_V4_URL || !CI_PROJECT_ID || !CI_MERGE_REQUEST_IID || !COMMENT_TOKEN) {
    throw new UsageError(
      "This is no pipeline of a merge request with a token: CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, COMMENT_TOKEN.",
    );
  }
  const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${CI_MERGE_REQUEST_IID}/notes`;
  const body = bodyOf(files.map(read), CI_PIPELINE_URL);
  const earlier = await find(notes, COMMENT_TOKEN);
  const [method, url] = earlier === undefined ? ["POST", notes] : ["PUT", `${notes}/${earlier.id}`];
  await call(url, COMMENT_TOKEN, method, { body });
  process.stdout.write(earlier === undefined ? "Commented.\n" : "Updated the comment.\n");
}

/** Reports under one another, shortened where GitLab would refuse them. */
export function bodyOf(reports: readonly string[], link: string): string {
  const text = [marker, ...reports].join("\n\n");
  const rest = `\n\nThis is not all: the whole report is among the [artifacts](${link}).`;
  return text.length <= limit ? text : text.slice(0, limit - rest.length) + rest;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`There is no report ${file}. Its job makes it: ./suoke diff … --out markdown=${file}`);
  }
}

async function find(notes: string, token: string): Promise<Note | undefined> {
  for (let page = 1; ; page++) {
    const some = (await call(`${notes}?per_page=100&page=${page}`, token, "GET")) as readonly Note[];
    const found = some.find(({ body }) => body.startsWith(marker));
    if (found !== undefined || some.length < 100) return found;
  }
}

async function call(url: string, token: string, method: string, body?: object): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { "PRIVATE-TOKEN": token, "content-type": "application/json" },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new UsageError(`GitLab at ${new URL(url).host} did not answer. The report is among the artifacts.`);
  }
  if (!response.ok) {
    throw new UsageError(
      `GitLab refused the comment with ${response.status}. COMMENT_TOKEN must be a project access token with the scope api.`,
    );
  }
  return response.json();
}
