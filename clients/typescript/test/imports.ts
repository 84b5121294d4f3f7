// Imports: a wrong file, what is wrong with it, and a right one. The answer to the first upload is lost.

import { Bmp, type ImportFaultOut } from "../src/index.js";
import { settings, tell } from "./place.js";

const keys: string[] = [];
const losing: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (init?.method !== "POST" || !String(input).includes("/imports")) return response;
  keys.push(String(new Headers(init.headers).get("idempotency-key")));
  if (keys.length > 1) return response;
  await response.arrayBuffer();
  throw new TypeError("the connection broke");
};
const bmp = new Bmp({ ...settings, fetch: losing });

const table = (...kinds: string[]): Blob =>
  new Blob([
    "reference,name_en,kind,organisation_reference,country\n",
    ...kinds.map((kind, n) => `SITE-TYPED-${n + 1},A synthetic store,${kind},ORG-ICMPD,TN\n`),
  ]);

const header = await (await bmp.imports.template("sites")).text();
const wrong = await bmp.imports.wait(
  await bmp.imports.upload(table("store", "castle"), { resource: "sites", name: "two-stores.csv" }),
);
const faults: ImportFaultOut[] = [];
for await (const fault of bmp.rows("/imports/{import_id}/faults", { path: { import_id: wrong.id } })) faults.push(fault);
const marked = await (await bmp.imports.file(wrong, { faults: true })).text();
const looked = await bmp.imports.wait(
  await bmp.imports.upload(table("store", "store"), { resource: "sites", name: "two-stores.csv" }),
);
const right = await bmp.imports.wait(await bmp.imports.commit(looked));
const imports: string[] = [];
for await (const made of bmp.rows("/imports")) imports.push(made.state);

tell({
  header,
  wrong: [wrong.state, wrong.faults],
  faults: faults.map((fault) => [fault.row, fault.column]),
  marked,
  right: [right.state, right.created],
  imports,
  posts: keys.length,
  keys: new Set(keys).size,
});
