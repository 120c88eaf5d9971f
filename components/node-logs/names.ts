/** Namespace of what reads nodes: nothing else runs there, and it holds no credential of an environment. */
export const agentsNamespace = "suoke-agents";
