import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import { runProgram } from "../../local/process.ts";

it("consul-seed renews certificates and changes roots without two that refuse each other, by its own tests", async () => {
  const { code, output } = await runProgram({
    command: "go",
    args: ["test", "-count=1", "./..."],
    cwd: join(root, "tools/consul-seed"),
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", GOTOOLCHAIN: "local" },
    limit: 110,
  });
  expect(code, output).toBe(0);
});
