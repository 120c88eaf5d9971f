import type { FieldRule } from "../risk.ts";
import { immutableFields } from "./immutable-fields.ts";

const servers = {
  refuses: "The API server refuses to change it in place.",
  takes: "The API server would take it.",
} as const;

const engines = {
  replaces: "Pulumi deletes the object and creates it anew under the same name.",
  fails: "Pulumi tries an update, which fails: give it another name, or delete it by hand first.",
} as const;

/** A rule per entry of the table. */
export const immutableRules: readonly FieldRule[] = immutableFields.map(
  ({ name, kinds, fields, server, pulumi, because, source, when }) => ({
    id: `replacement/${name}`,
    kinds,
    fields,
    reason: `${servers[server]} ${engines[pulumi]} ${because}`,
    source,
    ...(when === undefined ? {} : { when }),
  }),
);

/** Which of these rules the server itself enforces: the test on the API server asks for them. */
export const refusedByServer: ReadonlySet<string> = new Set(
  immutableFields.filter(({ server }) => server === "refuses").map(({ name }) => `replacement/${name}`),
);

/** Which of them make Pulumi delete an object and create it anew. */
export const replacedByPulumi: ReadonlySet<string> = new Set(
  immutableFields.filter(({ pulumi }) => pulumi === "replaces").map(({ name }) => `replacement/${name}`),
);
