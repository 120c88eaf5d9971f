import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stub } from "../support/gateway.ts";
import { listen } from "../support/gateway.ts";
import { suoke } from "../support/suoke.ts";

/** As much of GitLab's API for notes of a merge request as is used. */
let notes: { readonly id: number; body: string }[];
let gitlab: Stub;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "suoke-comment-"));
  gitlab = await listen(
    createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        if (request.headers["private-token"] !== "good") return void response.writeHead(401).end("{}");
        const { body = "" } = (text === "" ? {} : JSON.parse(text)) as { body?: string };
        const id = Number(/notes\/(\d+)$/.exec(request.url ?? "")?.[1]);
        if (request.method === "POST") notes.push({ id: notes.length + 1, body });
        const note = notes.find((each) => each.id === id);
        if (request.method === "PUT" && note !== undefined) note.body = body;
        const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page") ?? "1");
        response.end(JSON.stringify(request.method === "GET" ? notes.slice((page - 1) * 100, page * 100) : {}));
      });
    }),
  );
});
beforeEach(() => {
  notes = Array.from({ length: 150 }, (_, index) => ({ id: index + 1, body: "A remark" }));
});
afterAll(async () => {
  await gitlab.close();
  rmSync(folder, { recursive: true, force: true });
});

function comment(text: string, token = "good") {
  const file = join(folder, "report.md");
  writeFileSync(file, text);
  return suoke(["comment", file], {
    CI_API_V4_URL: gitlab.url,
    CI_PROJECT_ID: "7",
    CI_MERGE_REQUEST_IID: "3",
    COMMENT_TOKEN: token,
  });
}

describe("./suoke comment", () => {
  it("writes one comment and updates it from then on, however long the discussion is", async () => {
    expect((await comment("first")).stdout).toBe("Commented.\n");
    expect((await comment("second")).stdout).toBe("Updated the comment.\n");
    expect(notes.slice(150).map(({ body }) => body.split("\n").at(-1))).toEqual(["second"]);
  });

  it("says what a token must be able to do when GitLab refuses it", async () => {
    const { code, stderr } = await comment("first", "bad");
    expect([code, stderr]).toEqual([2, expect.stringContaining("refused the comment with 401. COMMENT_TOKEN must be")]);
  });

  it("says so when GitLab does not answer, and where the report is", async () => {
    const file = join(folder, "report.md");
    writeFileSync(file, "first");
    const { code, stdout, stderr } = await suoke(["comment", file], {
      CI_API_V4_URL: "http://127.0.0.1:9/api/v4",
      CI_PROJECT_ID: "7",
      CI_MERGE_REQUEST_IID: "3",
      COMMENT_TOKEN: "good",
    });
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      "GitLab at 127.0.0.1:9 did not answer. The report is among the artifacts.\n",
    ]);
  });

  it("says which variables are missing outside of a merge request", async () => {
    const { code, stderr } = await suoke(["comment", "x.md"], { COMMENT_TOKEN: "" });
    expect([code, stderr]).toEqual([2, expect.stringContaining("This is no pipeline of a merge request")]);
  });
});
