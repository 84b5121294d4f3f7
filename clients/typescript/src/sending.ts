// What every call goes through: who is calling, what may be sent again, refusals as exceptions. No paths are known here.

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

/** What a request is made of, beside who is calling. */
export interface Sent extends Omit<RequestInit, "headers"> {
  headers?: Record<string, string>;
}

/** What fills a path. */
export interface Loose {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
}

export const API = "/api/v1";
const NOT_NOW = new Set([429, 502, 503, 504]);

export class Sender {
  readonly retries: Retries;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.retries = { most: 4, first: 0.25, longest: 30, ...settings.retries };
  }

  /** Asked again where a second attempt cannot have a second effect. */
  async answer(url: string, init: Sent, renew = false): Promise<Response> {
    const headers: Record<string, string> = { ...init.headers };
    if (this.#settings.language !== undefined) headers["Accept-Language"] ??= this.#settings.language;
    const repeatable = init.method === "GET" || "Idempotency-Key" in headers || "If-Match" in headers;
    const fetching = this.#settings.fetch ?? fetch;
    let renewed = renew;
    let lost = false;
    for (let tried = 1; ; tried++) {
      const token = await this.#token(renewed);
      let response: Response;
      try {
        response = await fetching(url, { redirect: "manual", ...init, headers: { ...headers, Authorization: `Bearer ${token}` } });
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

  async value(response: Response): Promise<unknown> {
    const location = response.headers.get("location");
    if (response.status === 303 && location !== null) {
      // A repeated call whose answer was not kept: it is read where it belongs.
      return this.value(await this.answer(new URL(location, this.#settings.baseUrl).href, { method: "GET" }));
    }
    const text = await response.text();
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }

  async #token(renew: boolean): Promise<string> {
    const token = this.#settings.token;
    return typeof token === "function" ? token(renew) : token;
  }

  /** What the answer holds, asked for again when it breaks off: a file is whole or not there. */
  async blob(url: string, signal?: AbortSignal): Promise<Blob> {
    for (let tried = 1; ; tried++) {
      const response = await this.answer(url, { method: "GET", ...(signal && { signal }) });
      try {
        return await response.blob();
      } catch (error) {
        const wait = this.#wait(tried, undefined);
        if (signal?.aborted) throw error;
        if (wait === undefined) throw new Unreachable(String(error), true);
        await sleep(wait);
      }
    }
  }

  #wait(tried: number, asked: number | undefined): number | undefined {
    const { most, first, longest } = this.retries;
    if (tried > most || (asked ?? 0) > longest) return undefined;
    return Math.max(Math.min(longest, first * 2 ** (tried - 1)) * (0.5 + Math.random() / 2), asked ?? 0);
  }

  url(path: string, options: Loose): string {
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

export function sleep(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
