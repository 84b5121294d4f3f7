"use strict";

// Swagger UI over this service's own document. Nothing is remembered in the browser, nothing is asked of anybody else.
const place = document.getElementById("docs").dataset;
const absolute = (path) => new URL(path, document.baseURI).href;

window.ui = SwaggerUIBundle({
  url: absolute(place.openapi),
  oauth2RedirectUrl: absolute(place.redirect),
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
