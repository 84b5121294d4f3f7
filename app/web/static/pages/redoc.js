// Redoc over this service's own document, without telemetry.
const docs = document.getElementById("docs");
const absolute = (path) => new URL(path, document.baseURI).href;
const { init } = await import(absolute(docs.dataset.bundle));

init(absolute(docs.dataset.openapi), { disableTelemetry: true }, docs);
