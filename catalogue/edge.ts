/** What the public entry promises, the same in every environment. */

/** Routes that nobody needs to log in for; any other route without authentication does not build. The plan's list. */
export const openRoutes: readonly string[] = ["POST /api/v1/auth/login", "GET /health"];

/** Seconds that the platform's own apps wait for an answer: more than anything behind the entry may take. */
export const clientTimeoutSeconds = 120;

/** What the Go gateway answers with in the plan; the entry adds it to every answer. */
export const gatewayHeader = { name: "X-Gateway", value: "suoke-life-gateway" } as const;

/** Carries the user's id (`sub` of the token) to services. Clients cannot set it: the entry overwrites it. */
export const userHeader = "X-User-Id";

/** Carries one id through everything that a request leads to. */
export const requestIdHeader = "X-Request-Id";

/** Two years, as browsers' preload lists ask for: whoever has come once never comes unencrypted again. */
export const strictTransportSecurity = "max-age=63072000; includeSubDomains";
