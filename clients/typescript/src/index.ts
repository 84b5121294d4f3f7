export * from "./api.js";
export * from "./changes.js";
export * from "./client.js";
export * from "./imports.js";
export { clientCredentials, Problem, Unreachable, type Fault, type Retries, type Settings } from "./sending.js";
