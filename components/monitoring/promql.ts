import { parser } from "@prometheus-io/lezer-promql";

/** What a PromQL expression is made of, as far as checks look at it. */
export interface Parsed {
  /** Metrics that it selects. */
  readonly metrics: readonly string[];
  /** Where it stops being PromQL: an excerpt. */
  readonly error?: string;
}

/** Grafana's variables, as far as we use them, by something that parses. */
const variables: readonly (readonly [RegExp, string])[] = [
  [/\$__rate_interval/g, "5m"],
  [/\$__range/g, "1h"],
];

const known = new Map<string, Parsed>();

/** Parses an expression of a rule or dashboard. Parsing is remembered: three environments share most expressions. */
export function parsePromql(expression: string): Parsed {
  let parsed = known.get(expression);
  if (parsed === undefined) {
    parsed = parse(variables.reduce((text, [variable, value]) => text.replace(variable, value), expression));
    known.set(expression, parsed);
  }
  return parsed;
}

function parse(text: string): Parsed {
  const metrics = new Set<string>();
  let error: string | undefined;
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) error ??= text.slice(Math.max(0, node.from - 20), node.to + 20);
      if (node.name === "VectorSelector") {
        const name = node.node.getChild("Identifier");
        // A selector without a name would read every series there is.
        if (name === null) error ??= text.slice(node.from, node.to);
        else metrics.add(text.slice(name.from, name.to));
      }
    },
  });
  return { metrics: [...metrics].sort(), ...(error === undefined ? {} : { error }) };
}
