import { BlockList } from "node:net";
import type { PlainObject } from "./change.ts";
import { isRecord, sameJson, scalarText, stableJson } from "./compare.ts";

type Json = Readonly<Record<string, unknown>>;
type Direction = "Ingress" | "Egress";

/** One connection that a policy allows: who, and to which port. Absent is anybody, or any port. */
interface Allowance {
  readonly direction: Direction;
  readonly peer?: Json;
  readonly port?: Json;
}

/** What a policy newly allows: nothing when all of it was allowed before. Each as a text. */
export function newlyAllowed(before: PlainObject, after: PlainObject): string[] {
  const was = allowances(before);
  const texts = allowances(after)
    .filter((each) => !was.some((old) => covers(old, each)))
    .map(describe);
  const opened = directions(before).filter((direction) => !directions(after).includes(direction));
  return [
    ...new Set([...opened.map((direction) => `all ${direction.toLowerCase()}, as it no longer isolates it`), ...texts]),
  ];
}

/** Whether the pods that a policy is about are others than before. */
export function selectsOthers(before: PlainObject, after: PlainObject): boolean {
  return !sameJson(spec(before)["podSelector"] ?? {}, spec(after)["podSelector"] ?? {});
}

/** Whether a policy allows nothing at all: it is there to isolate. */
export function allowsNothing(policy: PlainObject): boolean {
  return allowances(policy).length === 0;
}

function spec(policy: PlainObject): Json {
  const value = policy["spec"];
  return isRecord(value) ? value : {};
}

/** The directions that a policy isolates: ingress always unless it says otherwise, egress where it has rules for it. */
function directions(policy: PlainObject): Direction[] {
  const { policyTypes, egress } = spec(policy);
  if (Array.isArray(policyTypes)) return (["Ingress", "Egress"] as const).filter((each) => policyTypes.includes(each));
  return list(egress).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

function allowances(policy: PlainObject): Allowance[] {
  const fields = { Ingress: ["ingress", "from"], Egress: ["egress", "to"] } as const;
  return directions(policy).flatMap((direction) => {
    const [rules, peers] = fields[direction];
    return list(spec(policy)[rules]).flatMap((rule) =>
      orAny(list(rule[peers])).flatMap((peer) =>
        orAny(list(rule["ports"])).map((port) => ({
          direction,
          ...(peer === undefined ? {} : { peer }),
          ...(port === undefined ? {} : { port }),
        })),
      ),
    );
  });
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** An absent or empty list is anything. */
function orAny(items: readonly Json[]): readonly (Json | undefined)[] {
  return items.length === 0 ? [undefined] : items;
}

function covers(wide: Allowance, narrow: Allowance): boolean {
  return (
    wide.direction === narrow.direction && coversPeer(wide.peer, narrow.peer) && coversPort(wide.port, narrow.port)
  );
}

function coversPort(wide: Json | undefined, narrow: Json | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined || (wide["protocol"] ?? "TCP") !== (narrow["protocol"] ?? "TCP")) return false;
  if (wide["port"] === undefined) return true;
  const [low, high] = [wide["port"], wide["endPort"] ?? wide["port"]];
  const [from, to] = [narrow["port"], narrow["endPort"] ?? narrow["port"]];
  if (typeof low !== "number" || typeof from !== "number") return low === from;
  return low <= from && (to as number) <= (high as number);
}

function coversPeer(wide: Json | undefined, narrow: Json | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  const [block, inner] = [wide["ipBlock"], narrow["ipBlock"]];
  if (block !== undefined || inner !== undefined)
    return isRecord(block) && isRecord(inner) && coversBlock(block, inner);
  const [namespaces, others] = [wide["namespaceSelector"], narrow["namespaceSelector"]];
  const sameNamespaces =
    namespaces === undefined || others === undefined
      ? namespaces === others || sameJson(namespaces, {})
      : coversSelector(namespaces, others);
  return sameNamespaces && coversSelector(wide["podSelector"] ?? {}, narrow["podSelector"] ?? {});
}

/** Fewer conditions match more. */
function coversSelector(wide: unknown, narrow: unknown): boolean {
  const conditions = (selector: unknown): string[] => {
    if (!isRecord(selector)) return [];
    const labels = isRecord(selector["matchLabels"]) ? selector["matchLabels"] : {};
    return [
      ...Object.entries(labels).map((entry) => JSON.stringify(entry)),
      ...list(selector["matchExpressions"]).map(stableJson),
    ];
  };
  const asked = conditions(narrow);
  return conditions(wide).every((condition) => asked.includes(condition));
}

function coversBlock(wide: Json, narrow: Json): boolean {
  const exceptions = (block: Json): string[] => (Array.isArray(block["except"]) ? (block["except"] as string[]) : []);
  const [range, inner] = [String(wide["cidr"]), String(narrow["cidr"])];
  return (
    containsRange(range, inner) &&
    exceptions(wide).every(
      (hole) =>
        (!containsRange(inner, hole) && !containsRange(hole, inner)) ||
        exceptions(narrow).some((other) => containsRange(other, hole)),
    )
  );
}

/** Whether one range of addresses lies in another. */
function containsRange(outer: string, inner: string): boolean {
  const [network = "", prefix = ""] = outer.split("/");
  const [address = "", length = ""] = inner.split("/");
  const family = (text: string): "ipv4" | "ipv6" => (text.includes(":") ? "ipv6" : "ipv4");
  if (family(network) !== family(address) || Number(prefix) > Number(length)) return false;
  try {
    const addresses = new BlockList();
    addresses.addSubnet(network, Number(prefix), family(network));
    return addresses.check(address, family(address));
  } catch {
    return outer === inner;
  }
}

function describe({ direction, peer, port }: Allowance): string {
  const who = peer === undefined ? "anybody" : describePeer(peer);
  const number = port?.["port"];
  const end = port?.["endPort"];
  const which =
    number === undefined ? "any port" : `port ${scalarText(number)}${end === undefined ? "" : `–${scalarText(end)}`}`;
  return direction === "Ingress" ? `${who} to ${which}` : `to ${who}, ${which}`;
}

function describePeer(peer: Json): string {
  const block = peer["ipBlock"];
  if (isRecord(block)) return String(block["cidr"]);
  const text = (selector: unknown): string => {
    const labels =
      isRecord(selector) && isRecord(selector["matchLabels"]) ? Object.entries(selector["matchLabels"]) : [];
    return labels.length === 0
      ? ""
      : labels
          .map(([name, value]) => `${name}=${String(value)}`)
          .sort()
          .join(",");
  };
  const pods = text(peer["podSelector"]);
  const namespace = peer["namespaceSelector"];
  const where =
    namespace === undefined ? "" : ` of namespaces ${text(namespace) === "" ? "everywhere" : text(namespace)}`;
  return `${pods === "" ? "all pods" : `pods ${pods}`}${where}`;
}
