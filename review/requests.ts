import type { Service } from "../catalogue/service.ts";
import { readTimeoutSeconds } from "../components/kong/timeouts.ts";
import { compare } from "../kubernetes/names.ts";
import { edgeRoutes } from "../stacks/edge.ts";

/** The public requests of some services as a Markdown table: what they ask for, where they go, and what limits them. */
export function requestTable(services: readonly Service<string>[]): string {
  const rows = edgeRoutes(services)
    .map(({ route, target }) => {
      const owner = services.find(({ routes }) =>
        routes.some(({ path, method }) => path === route.path && method === route.method),
      );
      const seen = route.rewrite ?? route.path;
      return [
        route.method,
        `\`${route.path}\`${route.match === "prefix" ? " and below" : ""}`,
        route.auth === "jwt" ? "token" : "anybody",
        target === owner || owner === undefined ? target.name : `${target.name} → ${owner.name}`,
        `\`${seen}\``,
        `${route.maxBodyMiB} MiB`,
        `${readTimeoutSeconds(target)} s`,
      ];
    })
    .sort((a, b) => compare(a[1] ?? "", b[1] ?? "") || compare(a[0] ?? "", b[0] ?? ""));
  const header = ["method", "path", "who", "goes to", "as", "largest body", "answer within"];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return [
    "# Public requests\n\nGenerated from the catalogue by `make generate`. Everything else is answered with 404.\n\n",
    line(header),
    line(header.map(() => "---")),
    ...rows.map(line),
  ].join("");
}
