import { describe, expect, it } from "vitest";
import { rendered } from "../../cli/diff-formats.ts";
import { claim, deployment, service } from "../corpus/objects.ts";
import { image } from "../corpus/parts.ts";
import { edited } from "../corpus/pair.ts";
import { openPage } from "../support/browser.ts";
import { changeOf, reportOf } from "../support/reports.ts";

const newer = edited(deployment, ["spec.template.spec.containers.0.image", image.replaceAll("1", "2")]);
const report = reportOf(
  [
    changeOf([claim, deployment, service], [newer, service], { name: "dev", component: "auth-service" }),
    changeOf([deployment], [newer], { name: "prod", component: "auth-service" }),
  ],
  { failOn: "replacement" },
);

/** Says in the page which changes can be seen now. */
const tell = `document.body.dataset.seen = JSON.stringify([...document.querySelectorAll("details[data-risk]")]
  .filter((each) => each.checkVisibility()).map((each) => each.dataset.environment + " " + each.dataset.risk));`;

async function seenAfter(act: string): Promise<string[]> {
  const { dom, complaints } = await openPage(await rendered(report, "html", {}), `${act};${tell}`);
  expect(complaints).toEqual([]);
  const seen = /data-seen="([^"]*)"/.exec(dom)?.[1] ?? "";
  return JSON.parse(seen.replaceAll("&quot;", '"')) as string[];
}

const input = (selector: string, change: string): string =>
  `{ const box = document.querySelector('${selector}'); ${change}; box.dispatchEvent(new Event("input", { bubbles: true })); }`;

describe("the HTML report in a browser", () => {
  it("shows everything, the picture of the services, and complains about nothing", async () => {
    expect(await seenAfter("")).toEqual(["dev data-loss", "dev restart", "prod restart"]);
    const { dom } = await openPage(
      await rendered(report, "html", {}),
      `const { width, height } = document.querySelector("#picture svg").getBoundingClientRect();
       document.body.dataset.picture = width > 100 && height > 100;`,
    );
    expect(dom).toContain('data-picture="true"');
  });

  it.each([
    ["a class", input('input[name="risk"][value="restart"]', "box.checked = false"), ["dev data-loss"]],
    ["an environment", input('input[value="dev"]', "box.checked = false"), ["prod restart"]],
    ["text", input("#text", 'box.value = "PersistentVolumeClaim"'), ["dev data-loss"]],
    ["what nothing fits", input("#text", 'box.value = "nowhere"'), []],
  ])("filters by %s", async (_, act, seen) => {
    expect(await seenAfter(act)).toEqual(seen);
  });

  it.each([1440, 390])("is read without scrolling to the side, %d pixels wide", async (width) => {
    const long = edited(
      newer,
      ["metadata.annotations.note", "a".repeat(500)],
      [`metadata.labels.${"b".repeat(63)}`, "c"],
    );
    const html = await rendered(reportOf([changeOf([deployment, claim], [long])]), "html", {});
    const act = `document.body.dataset.wide = [innerWidth, document.documentElement.scrollWidth <= innerWidth].join();`;
    const { dom } = await openPage(html, act, width);
    expect(dom).toContain(`data-wide="${width},true"`);
  });

  it("runs nothing that a change has in it", async () => {
    const evil = edited(service, ["metadata.annotations.note", '<img src=x onerror="document.body.dataset.evil=1">']);
    const html = await rendered(reportOf([changeOf([service], [evil])]), "html", {});
    const { dom } = await openPage(html);
    expect(dom).toContain("onerror=");
    expect(dom).not.toContain("data-evil");
  });
});
