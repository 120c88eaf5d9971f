/** Renders an environment of so many services in several ways, in turns, and prints the seconds of each as JSON. */
import { dump } from "js-yaml";
import { objectsOf } from "../kubernetes/manifest.ts";
import { canonical, renderComponents } from "../kubernetes/render.ts";
import { platform } from "../stacks/platform.ts";
import { environmentOf, servicesAlone } from "./environment.ts";
import { interleaved, seconds } from "./measure.ts";

const [size = "", rounds = "", only] = process.argv.slice(2);
// What all ways can build: services, and no system of ours beside them.
const environment = servicesAlone(environmentOf(Number(size)));
const options = { noRefs: true, lineWidth: -1, seqNoIndent: true };

/** All of it: checked data in, text out. */
const ours = (): string => [...renderComponents(platform(environment)).values()].join("");

if (only === "ours") {
  // Alone in its process, so that the memory is ours.
  const bytes = ours().length;
  process.stdout.write(JSON.stringify({ bytes, peakMB: Math.round(process.resourceUsage().maxRSS / 1024) }));
} else {
  const sorted = objectsOf(platform(environment)).map((object) => canonical(object));
  const { synthesize } = await import("./cdk8s/app.ts");
  const ways = {
    ours,
    // What is left when everything else costs nothing: the library writes objects that are there already.
    "js-yaml": () => sorted.map((object) => dump(object, options)).join("---\n"),
    "cdk8s-plus": () => synthesize(environment),
  };
  const timed = Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, () => seconds(way)]));
  // A first round compiles the hot code.
  await interleaved(1, timed);
  process.stdout.write(JSON.stringify({ objects: sorted.length, times: await interleaved(Number(rounds), timed) }));
}
