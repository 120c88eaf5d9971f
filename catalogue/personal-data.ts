/** What may happen to an attribute. A hash still tells two people apart, without telling who they are. */
export const personalActions = ["hash", "drop"] as const;
export type PersonalAction = (typeof personalActions)[number];

/**
 * What says something of a person, by the names of attributes and by what values look like. Collectors take it out of
 * spans and log lines before these leave the node or reach a store. Patterns are regular expressions that Go (RE2) and
 * JavaScript read alike; upper and lower case are the same to them.
 */
export interface PersonalData {
  /** Attributes by name. */
  readonly keys: readonly {
    readonly pattern: string;
    readonly action: PersonalAction;
    readonly because: string;
  }[];
  /** Text inside of other values, hashed where it stands. */
  readonly values: readonly { readonly pattern: string; readonly because: string }[];
}

/** The platform's list: the plan's span attributes, and what identifies a patient in China. */
export const personalData: PersonalData = {
  keys: [
    {
      pattern: "(^|[._-])(user|patient|enduser)[._-]?id$",
      action: "hash",
      because: "the plan puts user_id on spans; a hash still finds all traces of one user",
    },
    {
      pattern: "(^|[._-])(diagnosis|record|session)[._-]?id$",
      action: "hash",
      because: "it leads to a health record",
    },
    {
      // Not service.name, k8s.pod.name and the like.
      pattern: "^name$|(user|patient|full|first|last|real|display)[._-]?name$|nickname$",
      action: "drop",
      because: "a person's name",
    },
    {
      // server.address is a service of ours; client.address is where a person is.
      pattern: "^address$|(user|home|postal|client)[._-]?address$|(^|[._-])client[._-]?ip$",
      action: "drop",
      because: "where a person lives or is",
    },
    {
      // Of the entry's spans it is the client. net.peer.name is a service of ours.
      pattern: "(^|[._-])peer[._-]?(ip|addr)$",
      action: "drop",
      because: "where a person is, in the words of older conventions, which Kong and FastAPI's instrumentation use",
    },
    {
      pattern: "(^|[._-])(e?mail|phone|mobile|birth(day|date)?|gender|id[._-]?card)$",
      action: "drop",
      because: "identifies a person",
    },
    {
      pattern: "(^|[._-])(diagnosis[._-]?type|result[._-]?confidence|symptoms?|syndrome|prescription|tongue|pulse)$",
      action: "drop",
      because: "health data: the plan puts diagnosis_type and result_confidence on spans",
    },
    {
      pattern: "(password|passwd|secret|token|authorization|cookie|api[._-]?key)$",
      action: "drop",
      because: "a credential",
    },
  ],
  values: [
    {
      pattern: "(user|patient)[._-]?id[\"']?\\s*[=:]\\s*[\"']?[^\\s\"'&,;}]+",
      because: "user_id=… in a URL, a query or a line of text",
    },
    {
      // Not the templates of routes, /users/:id and /users/{id}.
      pattern: "/users/[^/?#\\s\"'{:]+",
      because: "a user's id in a path, which is in http.url and the like",
    },
    { pattern: "\\b[1-9][0-9]{5}(19|20)[0-9]{9}[0-9Xx]\\b", because: "a citizen's identity number (GB 11643)" },
    { pattern: "\\b1[3-9][0-9]{9}\\b", because: "a mobile number" },
    { pattern: "[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}", because: "an e-mail address" },
    { pattern: "\\beyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+", because: "a JSON web token" },
  ],
};
