// A small client over fetch: typed paths, refusals as exceptions, lists as async iterators, calls that are safe to repeat.

import { UNKEYED, type Paths } from "./api.js";

export interface Fault {
  pointer: string;
  code: string;
  detail: string;
  in?: "query" | "path" | "header";
}

/** A refusal (RFC 9457). `code` is stable and for programs, `requestId` is for the operators. */
export class Problem extends Error {
  readonly code: string;
  readonly errors: readonly Fault[];
  readonly requestId: string | undefined;

  constructor(
    readonly status: number,
    readonly facts: Readonly<Record<string, unknown>>,
    readonly retryAfter: number | undefined,
  ) {
    super(String(facts["detail"] ?? facts["error_description"] ?? `HTTP ${status}`));
    this.name = "Problem";
    this.code = String(facts["code"] ?? facts["error"] ?? "http");
    this.errors = Array.isArray(facts["errors"]) ? (facts["errors"] as Fault[]) : [];
    const id = facts["request_id"];
    this.requestId = typeof id === "string" ? id : undefined;
  }

  /** With `code` "stale": the present version. */
  get current(): number | undefined {
    const current = this.facts["current"];
    return typeof current === "number" ? current : undefined;
  }
}

/** No answer came. Where `sent` is true the request may have had its effect. */
export class Unreachable extends Error {
  constructor(
    message: string,
    readonly sent: boolean,
  ) {
    super(message);
    this.name = "Unreachable";
  }
}

export interface Retries {
  /** Attempts after the first. */
  most: number;
  /** Seconds before the second attempt, doubled each time. */
  first: number;
  /** The longest wait in seconds; when the service asks for more, its refusal is thrown instead. */
  longest: number;
}

export interface Settings {
  baseUrl: string;
  /** The present access token, or a function that gives it; `renew` is true after it was refused. */
  token: string | ((renew: boolean) => Promise<string> | string);
  language?: string;
  retries?: Partial<Retries>;
  fetch?: typeof fetch;
}

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

interface Loose {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  version?: number;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

interface Sent extends Omit<RequestInit, "headers"> {
  headers?: Record<string, string>;
}

const API = "/api/v1";
const NOT_NOW = new Set([429, 502, 503, 504]);

export class Bmp {
  readonly #settings: Settings;
  readonly #retries: Retries;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#retries = { most: 4, first: 0.25, longest: 30, ...settings.retries };
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
    const options = (given[0] ?? {}) as Loose;
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

  async #call(method: Method, path: string, options: Loose): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (this.#settings.language !== undefined) headers["Accept-Language"] = this.#settings.language;
    if (options.version !== undefined) headers["If-Match"] = `"${options.version}"`;
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (method === "POST" && !UNKEYED.has(`POST ${path}`)) {
      headers["Idempotency-Key"] = options.idempotencyKey ?? crypto.randomUUID();
    }
    const init: Sent = { method, headers, redirect: "manual" };
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    if (options.signal !== undefined) init.signal = options.signal;
    return this.#value(await this.#answer(this.#url(path, options), init));
  }

  /** Asked again where a second attempt cannot have a second effect. */
  async #answer(url: string, init: Sent): Promise<Response> {
    const headers = init.headers ?? {};
    const repeatable = init.method === "GET" || "Idempotency-Key" in headers || "If-Match" in headers;
    const fetching = this.#settings.fetch ?? fetch;
    let renewed = false;
    let lost = false;
    for (let tried = 1; ; tried++) {
      const token = await this.#token(renewed);
      let response: Response;
      try {
        response = await fetching(url, { ...init, headers: { ...headers, Authorization: `Bearer ${token}` } });
      } catch (error) {
        lost = true;
        const wait = this.#wait(tried, undefined);
        if (init.signal?.aborted) throw error;
        if (!repeatable || wait === undefined) throw new Unreachable(String(error), true);
        await sleep(wait);
        continue;
      }
      if (response.ok || response.status === 303) return response;
      if (response.status === 401 && !renewed && typeof this.#settings.token === "function") {
        renewed = true;
        continue;
      }
      const refusal = await problemOf(response);
      const ours = lost && refusal.code === "still_running" && "Idempotency-Key" in headers;
      const again = ours || response.status === 429 || (repeatable && NOT_NOW.has(response.status));
      const wait = again ? this.#wait(tried, refusal.retryAfter) : undefined;
      if (wait === undefined) throw refusal;
      await sleep(wait);
    }
  }

  async #value(response: Response): Promise<unknown> {
    const location = response.headers.get("location");
    if (response.status === 303 && location !== null) {
      // A repeated call whose answer was not kept: it is read where it belongs.
      return this.#value(await this.#answer(new URL(location, this.#settings.baseUrl).href, { method: "GET" }));
    }
    const text = await response.text();
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  async #token(renew: boolean): Promise<string> {
    const token = this.#settings.token;
    return typeof token === "function" ? token(renew) : token;
  }

  #wait(tried: number, asked: number | undefined): number | undefined {
    const { most, first, longest } = this.#retries;
    if (tried > most || (asked ?? 0) > longest) return undefined;
    return Math.max(Math.min(longest, first * 2 ** (tried - 1)) * (0.5 + Math.random() / 2), asked ?? 0);
  }

  #url(path: string, options: Loose): string {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = options.path?.[name];
      if (value === undefined || value === "") throw new TypeError(`the path needs ${name}`);
      return encodeURIComponent(value);
    });
    const url = new URL(API + filled, this.#settings.baseUrl);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined && each !== null) url.searchParams.append(name, String(each));
      }
    }
    return url.href;
  }
}

/** A token of client credentials: fetched when it is first needed, renewed before it expires. */
export function clientCredentials(
  baseUrl: string,
  clientId: string,
  clientSecret: string,
  fetching: typeof fetch = fetch,
): (renew: boolean) => Promise<string> {
  let token: Promise<string> | undefined;
  let until = 0;
  const ask = async (): Promise<string> => {
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const began = Date.now();
    const response = await fetching(new URL(`${API}/oauth/token`, baseUrl), {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(pair)}`, "Content-Type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials",
    });
    if (!response.ok) throw await problemOf(response);
    const value = (await response.json()) as { access_token: string; expires_in: number };
    until = began + value.expires_in * 1000 - Math.min(30_000, value.expires_in * 100);
    return value.access_token;
  };
  return (renew) => {
    if (token === undefined || renew || Date.now() >= until) {
      until = Infinity; // others wait for the same answer
      token = ask().catch((error: unknown) => {
        token = undefined;
        throw error;
      });
    }
    return token;
  };
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  let facts: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) facts = value as Record<string, unknown>;
  } catch {
    // a page of some proxy: its status is all there is
  }
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  return new Problem(response.status, facts, Number.isFinite(seconds) ? seconds : undefined);
}

function sleep(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
