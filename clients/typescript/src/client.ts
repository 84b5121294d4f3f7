// A small client over fetch: typed paths, refusals as exceptions, lists as async iterators, calls that are safe to repeat.

import { UNKEYED, type Paths } from "./api.js";
import { Changes } from "./changes.js";
import { Imports } from "./imports.js";
import { Sender, type Loose, type Sent, type Settings } from "./sending.js";

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
type PathsOf<M extends Method> = { [P in keyof Paths]: M extends keyof Paths[P] ? P : never }[keyof Paths];
type Told<P extends keyof Paths, M extends Method> = M extends keyof Paths[P] ? Paths[P][M] : never;
type Answer<O> = O extends { answer: infer A } ? A : never;
type Row<O> = O extends { row: infer R } ? R : never;
type Rows = { [P in PathsOf<"GET">]: Told<P, "GET"> extends { row: unknown } ? P : never }[PathsOf<"GET">];

/** What a call takes: members of the path, query, body, and the version that was read. */
export type Options<O> = (O extends { path: infer T } ? { path: T } : unknown) &
  (O extends { query: infer Q } ? { query?: Q } : unknown) &
  (O extends { body: infer B } ? { body: B } : unknown) &
  (O extends { guarded: true } ? { version: number } : unknown) & { idempotencyKey?: string; signal?: AbortSignal };
type Given<O> = Record<string, never> extends Options<O> ? [options?: Options<O>] : [options: Options<O>];

interface Asked extends Loose {
  body?: unknown;
  version?: number;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export class Bmp {
  readonly changes: Changes;
  readonly imports: Imports;
  readonly #sender: Sender;

  constructor(settings: Settings) {
    this.#sender = new Sender(settings);
    this.changes = new Changes(this.#sender);
    this.imports = new Imports(this.#sender);
  }

  async get<P extends PathsOf<"GET">>(path: P, ...given: Given<Told<P, "GET">>): Promise<Answer<Told<P, "GET">>> {
    return (await this.#call("GET", path, given[0] ?? {})) as Answer<Told<P, "GET">>;
  }

  /** The same key is sent with every attempt: a lost answer has one effect. */
  async post<P extends PathsOf<"POST">>(path: P, ...given: Given<Told<P, "POST">>): Promise<Answer<Told<P, "POST">>> {
    return (await this.#call("POST", path, given[0] ?? {})) as Answer<Told<P, "POST">>;
  }

  /** JSON Merge Patch: what is absent stays, null empties. `version` is the one that was read. */
  async patch<P extends PathsOf<"PATCH">>(path: P, ...given: Given<Told<P, "PATCH">>): Promise<Answer<Told<P, "PATCH">>> {
    return (await this.#call("PATCH", path, given[0] ?? {})) as Answer<Told<P, "PATCH">>;
  }

  async delete<P extends PathsOf<"DELETE">>(path: P, ...given: Given<Told<P, "DELETE">>): Promise<Answer<Told<P, "DELETE">>> {
    return (await this.#call("DELETE", path, given[0] ?? {})) as Answer<Told<P, "DELETE">>;
  }

  /** Every page of a list, as it is asked for. */
  async *pages<P extends Rows>(path: P, ...given: Given<Told<P, "GET">>): AsyncGenerator<Row<Told<P, "GET">>[]> {
    const options = (given[0] ?? {}) as Asked;
    let cursor: string | null = null;
    do {
      const query: Record<string, unknown> = { limit: 200, ...options.query };
      if (cursor !== null) query["cursor"] = cursor;
      const page = (await this.#call("GET", path, { ...options, query })) as {
        items: Row<Told<P, "GET">>[];
        page: { next: string | null };
      };
      yield page.items;
      cursor = page.page.next;
    } while (cursor !== null);
  }

  /** Every row of a list, over all pages. */
  async *rows<P extends Rows>(path: P, ...given: Given<Told<P, "GET">>): AsyncGenerator<Row<Told<P, "GET">>> {
    for await (const page of this.pages(path, ...given)) yield* page;
  }

  async #call(method: Method, path: string, options: Asked): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (options.version !== undefined) headers["If-Match"] = `"${options.version}"`;
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (method === "POST" && !UNKEYED.has(`POST ${path}`)) {
      headers["Idempotency-Key"] = options.idempotencyKey ?? crypto.randomUUID();
    }
    const init: Sent = { method, headers };
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    if (options.signal !== undefined) init.signal = options.signal;
    return this.#sender.value(await this.#sender.answer(this.#sender.url(path, options), init));
  }
}
