import type { SecretText } from "../../kubernetes/secrets.ts";
import { secretLines, secretText } from "../../kubernetes/secrets.ts";
import type { InternalUser, User } from "./credentials.ts";
import { internalKeyring, serviceCredential } from "./credentials.ts";
import type { Installation } from "./layout.ts";

/**
 * What services may do with their keys: read, write, and several of it at once. Not: look at other keys' names, block
 * connections, run scripts, publish, or anything that Redis itself calls dangerous (FLUSHALL, KEYS, CONFIG, DEBUG, …).
 */
const serviceCommands = "-@all +@connection +@read +@write +@transaction -@dangerous -@blocking -randomkey -dbsize";

const commandsOf = {
  // Other keys' names would tell who uses the platform.
  "redis-cache": `${serviceCommands} -scan`,
  // Every key is a saga: whoever resumes them after a crash has to find them. WAIT is how a step makes sure of its state.
  "redis-durable": `${serviceCommands} +wait`,
} as const satisfies Record<Installation["name"], string>;

/** Keys that the plan's saga orchestrator writes. */
export const sagaKeys = "saga:*";

/**
 * What the installation's own users may do on a server, least privilege each. Those of replication and Sentinel are what
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ lists, with Sentinel's one channel.
 */
function internalCommands({ durable, data }: Installation): Readonly<Partial<Record<InternalUser, string>>> {
  const metrics = "+ping +info +client|setname +slowlog|len +latency|latest +latency|histogram";
  return {
    exporter: durable === undefined ? metrics : `${metrics} +eval_ro +scan +hget +time %R~${sagaKeys}`,
    handover: "+client|pause +client|unpause",
    health: "+ping +role +info",
    // Applies changes of this very file to the running server. It can do everything, so that only the server's pod has it.
    keeper: `+acl|setuser +acl|deluser +acl|users${data.topology.kind === "single" ? "" : " +replicaof"}`,
    replication: "+psync +replconf +ping",
    ...(durable === undefined ? {} : { retention: `+eval +scan +hget +expire +persist ~${sagaKeys}` }),
    sentinel:
      "+multi +exec +slaveof +ping +info +role +publish +subscribe +config|rewrite +client|setname +client|kill " +
      "+script|kill &__sentinel__:hello",
  };
}

/** What they may do at a Sentinel. */
const sentinelCommands: Readonly<Partial<Record<InternalUser, string>>> = {
  exporter:
    "+ping +info +client|setname +sentinel|masters +sentinel|replicas +sentinel|slaves +sentinel|sentinels +sentinel|ckquorum",
  handover: "+sentinel|failover",
  health: "+ping +info +sentinel|get-master-addr-by-name +sentinel|replicas +sentinel|ckquorum",
  sentinel: "+ping +publish +client|setname +sentinel|is-master-down-by-addr &__sentinel__:hello",
};

/** The ACL file of a server. */
export function serverAcl(installation: Installation): SecretText {
  const { name, clients, rotations } = installation;
  const services = clients.flatMap(({ service, keys, scripts = false }) =>
    serviceCredential(name, service, rotations).users.map((user) =>
      userLine(user, `${commandsOf[name]} ${scripts ? "+eval " : ""}${keys.map((pattern) => `~${pattern}`).join(" ")}`),
    ),
  );
  return aclFile([...internalLines(installation, internalCommands(installation)), ...services]);
}

/** The ACL file of a Sentinel. */
export function sentinelAcl(installation: Installation): SecretText {
  return aclFile(internalLines(installation, sentinelCommands));
}

function internalLines(
  { name, rotations }: Installation,
  commands: Readonly<Partial<Record<InternalUser, string>>>,
): SecretText[] {
  return Object.entries(commands).map(([user, allowed]) => {
    const { accepted } = internalKeyring(name, user as InternalUser, rotations);
    return userLine({ name: user, passwords: accepted }, `-@all ${allowed}`);
  });
}

function userLine({ name, passwords }: User, rules: string): SecretText {
  return secretText`user ${name} on ${secretLines(
    passwords.map((password) => secretText`>${password}`),
    " ",
  )}${rules}`;
}

/** Nobody is anonymous. */
function aclFile(lines: readonly SecretText[]): SecretText {
  return secretLines(["user default off", ...lines]);
}
