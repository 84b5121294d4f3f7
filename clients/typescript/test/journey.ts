// A small journey with the TypeScript client against a running service; tests/clients/test_typescript.py runs it.

import { Bmp, Problem, type SiteOut } from "../src/index.js";
import { settings, tell } from "./place.js";

/** Answers of the first POST and of the first page are lost; how often each call was made is counted. */
const calls: string[] = [];
const keys = new Set<string>();
const losing = new Set(["POST /api/v1/sites", "GET /api/v1/sites"]);
const bad: typeof fetch = async (input, init) => {
  const name = `${init?.method ?? "GET"} ${new URL(String(input)).pathname}`;
  calls.push(name);
  const key = new Headers(init?.headers).get("idempotency-key");
  if (key !== null) keys.add(key);
  const response = await fetch(input, init);
  if (losing.delete(name)) {
    await response.arrayBuffer();
    throw new TypeError("the connection broke");
  }
  return response;
};

const bmp = new Bmp({ ...settings, fetch: bad });

async function refused(call: Promise<unknown>): Promise<Problem> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("this should have been refused");
}

const made: SiteOut = await bmp.post("/sites", {
  body: {
    reference: "SITE-TYPESCRIPT",
    kind: "store",
    organisation: "ORG-ICMPD",
    country: "TN",
    names: { en: "A synthetic store" },
  },
});
const changed = await bmp.patch("/sites/{site}", {
  path: { site: made.reference },
  version: made.version,
  body: { names: { fr: "Un dépôt" } },
});
const stale = await refused(
  bmp.patch("/sites/{site}", { path: { site: made.id }, version: made.version, body: { kind: "port" } }),
);
const invalid = await refused(bmp.get("/sites/{site}", { path: { site: "SITE-NOWHERE" } }));
const references: string[] = [];
for await (const site of bmp.rows("/sites", { query: { limit: 2, country: ["TN"] } })) references.push(site.reference);

// @ts-expect-error a member that is not there is an error of the compiler
const _unknown: unknown = made.colour;
// @ts-expect-error so is a path
const _nowhere: Promise<unknown> = (): Promise<unknown> => bmp.get("/castles");

tell({
  version: changed.version,
  names: changed.names,
  stale: [stale.status, stale.code, stale.current],
  unknown: [invalid.status, invalid.code],
  references,
  posts: calls.filter((each) => each === "POST /api/v1/sites").length,
  keys: keys.size,
});
