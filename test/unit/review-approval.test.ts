import { describe, expect, it } from "vitest";
import { approvals } from "../../review/approval.ts";
import { toTerminal } from "../../review/formats/terminal.ts";
import { claim, deployment } from "../corpus/objects.ts";
import { image } from "../corpus/parts.ts";
import { edited } from "../corpus/pair.ts";
import { changeOf, reportOf } from "../support/reports.ts";

const changes = changeOf(
  [claim, deployment],
  [edited(deployment, ["spec.template.spec.containers.0.image", image.replaceAll("1", "2")])],
);

describe("a report passes", () => {
  it("without a limit, whatever is in it", () => {
    expect(reportOf([changes]).passed).toBe(true);
  });

  it("when nothing is as bad as the limit", () => {
    const restart = { ...changes, changes: changes.changes.filter(({ risk }) => risk === "restart") };
    expect(reportOf([restart], { failOn: "security-weakening" }).passed).toBe(true);
    expect(reportOf([restart], { failOn: "restart" }).passed).toBe(false);
  });

  it.each([
    [["data-loss"], true],
    [["data-loss/claim-deleted"], true],
    [["restart"], false],
    [["data-loss/other-claim"], false],
  ])("when %j is approved: %s", (approved, passed) => {
    expect(reportOf([changes], { failOn: "replacement", approved }).passed).toBe(passed);
  });

  it("and otherwise says which label would approve it", () => {
    const text = toTerminal(reportOf([changes], { failOn: "replacement" }));
    expect(text).toContain("Something at or above replacement is not approved.");
    expect(text).toContain("data-loss/claim-deleted: the label approve:data-loss approves it");
  });
});

describe("approvals", () => {
  it("come from options, and from the labels of a merge request that are meant", () => {
    expect(approvals(["restart"], ["bug", " approve:data-loss/claim-deleted ", "approve:restart", ""])).toEqual([
      "data-loss/claim-deleted",
      "restart",
    ]);
  });

  it("that are misspelt are refused: they would approve nothing", () => {
    expect(() => approvals([], ["approve:dataloss"])).toThrow(
      'There is no class or rule "dataloss" to approve. Did you mean "data-loss"?',
    );
  });
});
