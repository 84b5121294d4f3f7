// Imports: a file goes up, is validated cell by cell, and is written whole or not at all.

import type { ImportOut, Paths } from "./api.js";
import { sleep, type Sender } from "./sending.js";

export interface Upload {
  resource: string;
  /** "commit" writes at once when there is not one fault. */
  mode?: "validate" | "commit";
  /** Where the file does not say it by itself. */
  format?: "csv" | "xlsx" | "jsonl";
  encoding?: "utf-8" | "cp1252" | "cp1256";
  delimiter?: "," | ";" | "tab";
  /** A `File` brings its own. */
  name?: string;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** Where the work on an import has ended, one way or another. */
export type Done = ImportOut & { state: Exclude<ImportOut["state"], "queued" | "running"> };

type JobOut = Paths["/jobs/{job}"]["GET"]["answer"];

const LONGEST_LOOK = 2;

export class Imports {
  readonly #sender: Sender;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Send a CSV, XLSX or JSON Lines file. A lost answer is asked for again with the same key: there is one import. */
  async upload(file: Blob, { name, idempotencyKey, signal, ...told }: Upload): Promise<ImportOut> {
    const form = new FormData();
    for (const [member, value] of Object.entries(told)) form.append(member, value);
    form.append("file", file, name ?? ("name" in file ? String(file.name) : `import.${told.format ?? "csv"}`));
    const encoded = new Response(form); // made once, so that each attempt sends the same bytes
    const headers = {
      Accept: "application/json",
      "Content-Type": encoded.headers.get("content-type") ?? "",
      "Idempotency-Key": idempotencyKey ?? crypto.randomUUID(),
    };
    const body = await encoded.blob();
    return this.#found(await this.#post("/imports", {}, { headers, body, ...(signal && { signal }) }));
  }

  /** One import: its state, how many rows and faults it has. */
  async get(id: string): Promise<ImportOut> {
    const url = this.#sender.url("/imports/{id}", { path: { id } });
    return (await this.#sender.value(await this.#sender.answer(url, { method: "GET" }))) as ImportOut;
  }

  /** The import once the work on it is done: `valid`, `invalid` or `committed`, or one of the ways to fail. */
  async wait(made: ImportOut | string, signal?: AbortSignal): Promise<Done> {
    for (let pause = 0.1; ; pause = Math.min(LONGEST_LOOK, pause * 1.5)) {
      signal?.throwIfAborted();
      const found = await this.get(typeof made === "string" ? made : made.id);
      if (isDone(found)) return found;
      await sleep(pause);
    }
  }

  /** Write everything, after one more look; wait for it as after the upload. */
  async commit(made: ImportOut | string, idempotencyKey: string = crypto.randomUUID()): Promise<ImportOut> {
    const id = typeof made === "string" ? made : made.id;
    const headers = { Accept: "application/json", "Idempotency-Key": idempotencyKey };
    return this.#found(await this.#post("/imports/{id}/commit", { id }, { headers }));
  }

  /** The file to fill. */
  async template(resource: string, format: "csv" | "xlsx" = "csv", signal?: AbortSignal): Promise<Blob> {
    return this.#sender.blob(this.#sender.url("/imports/templates/{resource}", { path: { resource }, query: { format } }), signal);
  }

  /** The file that was uploaded; with `faults`, with a column that says what is wrong with each row. */
  async file(made: ImportOut | string, { faults = false } = {}, signal?: AbortSignal): Promise<Blob> {
    const id = typeof made === "string" ? made : made.id;
    const query = faults ? { with: "faults" } : {};
    return this.#sender.blob(this.#sender.url("/imports/{id}/file", { path: { id }, query }), signal);
  }

  async #post(place: string, path: Record<string, string>, init: object): Promise<ImportOut | JobOut> {
    const answer = await this.#sender.answer(this.#sender.url(place, { path }), { method: "POST", ...init });
    return (await this.#sender.value(answer)) as ImportOut | JobOut;
  }

  /** The import, also where a repeated call was answered with its job: imports are personal, and their answers not kept. */
  async #found(made: ImportOut | JobOut): Promise<ImportOut> {
    return "resource" in made ? made : this.get(String(made.args?.["import"]));
  }
}

function isDone(found: ImportOut): found is Done {
  return found.state !== "queued" && found.state !== "running";
}
