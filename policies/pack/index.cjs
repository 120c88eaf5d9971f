// Pulumi loads a pack with a TypeScript compiler of its own, which knows nothing of this repository's settings. Node runs
// TypeScript itself, from here on.
module.exports = import("./pack.ts");
