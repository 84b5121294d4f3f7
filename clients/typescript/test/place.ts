// What the scripts share: where the service is, who is calling, and where to tell what was seen.

import { clientCredentials, type Settings } from "../src/index.js";

declare const process: { argv: string[]; stdout: { write(text: string): void } };

const [baseUrl = "", clientId = "", clientSecret = ""] = process.argv.slice(2);

export const settings: Settings = {
  baseUrl,
  token: clientCredentials(baseUrl, clientId, clientSecret),
  language: "fr",
  retries: { first: 0 },
};

export function tell(seen: unknown): void {
  process.stdout.write(JSON.stringify(seen));
}
