// The change feed: what changed since a cursor, to its end or for ever.

import type { ChangeEvent, ChangePage, Paths, StartOut } from "./api.js";
import { Problem, Unreachable, sleep, type Sender } from "./sending.js";

export const SCOPE_CHANGED = "bmp.scope.changed";
export const OUT_OF_SIGHT = "bmp.object.out_of_sight";

type Filters = Pick<NonNullable<Paths["/changes"]["GET"]["query"]>, "resource" | "type">;

export interface Following extends Filters {
  /** Go on with what is still to come, over lost connections and expired tokens. */
  live?: boolean;
  signal?: AbortSignal;
}

/** An event, and the cursor to keep once it is dealt with. */
export interface Change {
  event: ChangeEvent;
  cursor: string;
}

interface Message {
  event: string;
  data: string;
  id: string;
}

/** Seconds without a sign of life (there is one every 15) after which a stream counts as lost. */
const SILENCE = 45;
/** Why a stream ends that is opened again at once. */
const AT_ONCE = new Set(["token_expired", "reconnect"]);
const NO_TOKEN = new Set(["token_expired", "unauthorised"]);

export class Changes {
  readonly #sender: Sender;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** The place behind the last change. Take it before a first full read. */
  async cursor(): Promise<StartOut> {
    return (await this.#get("/changes/cursor", {})) as StartOut;
  }

  /** One page behind a cursor. Deal with its events, then keep `page.next`: also where there are none. */
  async page(after: string, filters: Filters = {}, signal?: AbortSignal): Promise<ChangePage> {
    return (await this.#get("/changes", { limit: 1000, ...filters, after }, signal)) as ChangePage;
  }

  /** Every page up to now. */
  async *pages(after: string, filters: Filters = {}, signal?: AbortSignal): AsyncGenerator<ChangePage> {
    for (let more = true, at = after; more; ) {
      const page = await this.page(at, filters, signal);
      yield page;
      ({ more, next: at } = page.page);
    }
  }

  /**
   * Every event behind a cursor. After a crash events may come again, with the same `id`. A `Problem` with code
   * "cursor_expired" or "feed_rewound" means: begin again with a new cursor.
   */
  async *follow(after: string, { live = false, signal, ...filters }: Following = {}): AsyncGenerator<Change> {
    let at = after;
    for await (const page of this.pages(at, filters, signal)) {
      const last = page.items.length - 1;
      for (const [index, event] of page.items.entries()) yield { event, cursor: index === last ? page.page.next : at };
      at = page.page.next;
    }
    if (live) yield* this.#live(at, filters, signal);
  }

  async *#live(after: string, filters: Filters, signal: AbortSignal | undefined): AsyncGenerator<Change> {
    const { first, longest } = this.#sender.retries;
    const reader = new Reader(after);
    let rest = 0;
    let renew = false;
    let refused = false;
    for (;;) {
      const began = Date.now();
      let reason = "lost";
      try {
        for await (const message of this.#stream(reader, filters, renew, signal)) {
          if (message.event === "close") {
            reason = String((JSON.parse(message.data) as { reason?: unknown }).reason);
            break;
          }
          rest = 0;
          refused = false;
          yield { event: JSON.parse(message.data) as ChangeEvent, cursor: message.id };
        }
      } catch (error) {
        const passing = error instanceof Unreachable || (error instanceof Problem && (error.status === 429 || error.status === 503));
        if (signal?.aborted || !passing) throw error;
      }
      if (reason === "unauthorised" && refused) throw new Problem(401, { code: reason, detail: "These rights have ended." }, undefined);
      refused = reason === "unauthorised";
      renew = NO_TOKEN.has(reason);
      const hurried = AT_ONCE.has(reason) && Date.now() - began >= 1000; // never a loop without a pause
      rest = hurried ? 0 : Math.min(longest, Math.max(first, rest * 2));
      await sleep(rest);
    }
  }

  /** The messages of one connection; Unreachable when it breaks off or falls silent. */
  async *#stream(reader: Reader, filters: Filters, renew: boolean, signal: AbortSignal | undefined): AsyncGenerator<Message> {
    const ending = new AbortController();
    const given = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
    const silence = (): ReturnType<typeof setTimeout> => setTimeout(() => ending.abort(), SILENCE * 1000);
    let timer = silence();
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": reader.lastId };
      const url = this.#sender.url("/changes/events", { query: { ...filters } });
      const response = await this.#sender.answer(url, { method: "GET", headers, signal: given }, renew);
      reader.begin();
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        clearTimeout(timer);
        timer = silence();
        yield* reader.read(decoder.decode(chunk, { stream: true }));
      }
    } catch (error) {
      if (signal?.aborted || error instanceof Problem) throw error;
      throw new Unreachable(String(error), true);
    } finally {
      clearTimeout(timer);
      ending.abort(); // whoever stops reading closes the connection
    }
  }

  async #get(place: string, query: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> {
    const init = { method: "GET", headers: { Accept: "application/json" }, ...(signal && { signal }) };
    return this.#sender.value(await this.#sender.answer(this.#sender.url(place, { query }), init));
  }
}

/** Put pieces of text in, take messages out (WHATWG HTML, 9.2.6). */
class Reader {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  constructor(public lastId: string) {}

  /** Another connection begins: of a message that was cut off nothing stays, for it is told again. */
  begin(): void {
    this.#rest = this.#event = "";
    this.#data = [];
    this.#id = this.lastId;
  }

  *read(text: string): Generator<Message> {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = this.#line(line.replace(/\r$/, ""));
      if (message !== undefined) yield message;
    }
  }

  #line(line: string): Message | undefined {
    if (line === "") {
      this.lastId = this.#id;
      const message = { event: this.#event || "message", data: this.#data.join("\n"), id: this.lastId };
      const full = this.#data.length > 0;
      this.#event = "";
      this.#data = [];
      return full ? message : undefined;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
    if (name === "id" && !value.includes("\0")) this.#id = value;
    return undefined;
  }
}
