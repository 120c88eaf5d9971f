/** Compares two environments of so many services, in several cases, and prints the seconds of each as JSON. */
import { isDeepStrictEqual } from "node:util";
import { toMarkdown } from "../review/formats/markdown.ts";
import { judged } from "../review/approval.ts";
import { environmentReport } from "../review/build.ts";
import type { Placed } from "../review/change.ts";
import { placedOf } from "../review/placed.ts";
import { reportVersion } from "../review/report.ts";
import type { Environment } from "../stacks/environment.ts";
import { platform } from "../stacks/platform.ts";
import { environmentOf } from "./environment.ts";
import { interleaved, seconds } from "./measure.ts";

const [size = "", rounds = "", only] = process.argv.slice(2);
const environment = environmentOf(Number(size));

/** The objects of an environment, made anew: nothing in them is the same in memory. */
function objectsOf(changed: Environment<string> = environment): Placed[] {
  return JSON.parse(JSON.stringify(placedOf(platform(changed)))) as Placed[];
}

/** Every service gets another image, which changes its pods, labels and variables. */
const raised = Object.fromEntries(Object.keys(environment.settings.images).map((name) => [name, "v2.0.0"]));
const before = objectsOf();
const same = objectsOf();
const after = objectsOf({ ...environment, settings: { ...environment.settings, images: raised } });

const ways = {
  "nothing changes": () => environmentReport("dev", before, same),
  "every service changes, with classes": () => environmentReport("dev", before, after),
  "the same, folded, as Markdown": () => {
    const report = environmentReport("dev", before, after);
    const made = { version: reportVersion, purpose: "change", from: "a", to: "b", environments: [report] } as const;
    return toMarkdown(judged({ ...made, environments: [report] }, { approved: [] }));
  },
  // What looking at everything once costs at least, without saying what is different.
  "Node's isDeepStrictEqual on the same": () => isDeepStrictEqual(before, same),
};

if (only === "ours") {
  const { changes } = ways["every service changes, with classes"]();
  process.stdout.write(
    JSON.stringify({ changes: changes.length, peakMB: Math.round(process.resourceUsage().maxRSS / 1024) }),
  );
} else {
  const timed = Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, () => seconds(way)]));
  await interleaved(1, timed);
  process.stdout.write(JSON.stringify({ objects: before.length, times: await interleaved(Number(rounds), timed) }));
}
