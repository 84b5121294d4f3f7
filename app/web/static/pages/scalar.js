"use strict";

// Scalar over this service's own document: no web fonts, no telemetry, no request proxy, no assistants.
const place = document.getElementById("docs").dataset;

Scalar.createApiReference("#docs", {
  url: new URL(place.openapi, document.baseURI).href,
  agent: { disabled: true },
  hideClientButton: true,
  mcp: { disabled: true },
  persistAuth: false,
  proxyUrl: "",
  showDeveloperTools: "never",
  telemetry: false,
  withDefaultFonts: false,
});
