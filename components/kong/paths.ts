import type { Route } from "../../catalogue/service.ts";

type Pattern = Pick<Route, "path" | "match">;

/** How the Gateway API writes a path of the catalogue. */
export interface PathMatch {
  readonly type: "Exact" | "PathPrefix" | "RegularExpression";
  readonly value: string;
}

/** `/users/:id` becomes a regular expression with a group named `id`; Kong keeps what it matched for rewrites. */
export function pathMatch({ path, match }: Pattern): PathMatch {
  if (!path.includes(":")) return { type: match === "exact" ? "Exact" : "PathPrefix", value: path };
  const segments = path
    .split("/")
    .map((segment) =>
      segment.startsWith(":") ? `(?<${segment.slice(1).replaceAll("-", "_")}>[^/]+)` : escapeRegex(segment),
    )
    .join("/");
  return { type: "RegularExpression", value: match === "exact" ? `${segments}$` : `${segments}(?:/.*)?$` };
}

/** `/users/:id` as the request-transformer plugin fills it in from the path's groups. */
export function rewriteTemplate(rewrite: string): string {
  return rewrite.replace(/:([^/]+)/g, (_, name: string) => `$(uri_captures["${name.replaceAll("-", "_")}"])`);
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
