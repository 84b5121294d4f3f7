// The feed, live: the first connection breaks in the middle of an event, the second behind one.

import { Bmp, Problem, type Change, type SiteOut } from "../src/index.js";
import { settings, tell } from "./place.js";

const from: string[] = [];
let opened = (): void => undefined;
const open = new Promise<void>((done) => (opened = done));

/** Ends the answer in the piece that tells the first event: in the middle of the event, or behind the piece. */
function cut(middle: boolean): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(piece, controller) {
      const at = new TextDecoder().decode(piece).indexOf("data:");
      controller.enqueue(middle && at >= 0 ? piece.slice(0, at + 20) : piece);
      if (at >= 0) controller.terminate();
    },
  });
}

const breaking: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!String(input).includes("/changes/events") || response.body === null) return response;
  from.push(String(new Headers(init?.headers).get("last-event-id")));
  opened();
  if (from.length > 2) return response;
  return new Response(response.body.pipeThrough(cut(from.length === 1)), { headers: response.headers });
};

const bmp = new Bmp({ ...settings, fetch: breaking });

const store = (): Promise<SiteOut> =>
  bmp.post("/sites", {
    body: {
      reference: `SITE-${crypto.randomUUID().slice(0, 8).toUpperCase()}`,
      kind: "store",
      organisation: "ORG-ICMPD",
      country: "TN",
      names: { en: "A synthetic store" },
    },
  });

const { cursor: start } = await bmp.changes.cursor();
const following = bmp.changes.follow(start, { live: true, resource: ["sites"] });

/** The change of what was made. Others may be told before it: what earlier tests did, told late. */
async function told(making: Promise<SiteOut>): Promise<Change> {
  for (;;) {
    const { value } = await following.next();
    if (value === undefined) throw new Error("a feed that is followed live has no end");
    if (from.length > 0 && value.event.data.id === (await making).id) return value; // before, nothing was made
  }
}

const making = [open.then(store)];
const live = [await told(making[0]!)];
making.push(store());
live.push(await told(making[1]!));
const made = await Promise.all(making);
await following.return(undefined);

const again: Change[] = [];
for await (const change of bmp.changes.follow(start, { resource: ["sites"] })) {
  if (made.some((site) => site.id === change.event.data.id)) again.push(change);
}
const refusal: unknown = await bmp.changes.page("nonsense").catch((error: unknown) => error);

tell({
  from,
  made: made.map((site) => site.id),
  live: live.map((change) => change.event.data.id),
  again: again.map((change) => change.event.data.id),
  types: live.map((change) => change.event.type),
  refused: refusal instanceof Problem ? [refusal.status, refusal.code] : String(refusal),
});
