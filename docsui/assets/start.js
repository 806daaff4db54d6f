// Starts Swagger UI with what the page says in data attributes.
"use strict";
(() => {
  const { document: name, csrfCookie, csrfHeader, remember } = window.document.getElementById("swagger-ui").dataset;

  // A page that was opened with a password in its URL has it in relative URLs as well, which
  // fetch refuses. The browser sends the password anyway.
  const url = new URL(name, window.document.baseURI);
  url.username = url.password = "";

  // The last of equal cookies wins, as on the server.
  const cookie = (name) => {
    const found = window.document.cookie.split("; ").filter((pair) => pair.startsWith(name + "="));
    return found.length ? found[found.length - 1].slice(name.length + 1) : "";
  };

  // Swagger UI does not show the items of streams (itemSchema of OpenAPI 3.2).
  const listStreams = (doc) => {
    const section = window.document.getElementById("streams");
    const list = section.querySelector("ul");
    const element = (parent, name, text) => {
      const added = parent.appendChild(window.document.createElement(name));
      added.textContent = text;
      return added;
    };
    list.replaceChildren();
    for (const [path, item] of Object.entries(doc.paths ?? {})) {
      for (const [method, operation] of Object.entries(item)) {
        for (const [status, reply] of Object.entries(operation?.responses ?? {})) {
          for (const [mediaType, media] of Object.entries(reply.content ?? {})) {
            if (!media.itemSchema) continue;
            const entry = list.appendChild(window.document.createElement("li"));
            element(entry, "code", `${method.toUpperCase()} ${path}`);
            entry.append(` ${status} ${mediaType}`);
            element(entry, "pre", JSON.stringify(media.itemSchema, null, 2));
          }
        }
      }
    }
    section.hidden = list.children.length === 0;
  };

  window.ui = SwaggerUIBundle({
    url: url.href,
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: remember === "true",
    validatorUrl: null,
    onComplete: () => listStreams(window.ui.specSelectors.specJson().toJS()),
    // What the site's own pages do: prove that they can read the cookie. Its value replaces
    // what was entered under Authorize.
    requestInterceptor: (request) => {
      const token = cookie(csrfCookie);
      const own = new URL(request.url, window.location.href).origin === window.location.origin;
      if (own && token && !["GET", "HEAD", "OPTIONS", "TRACE"].includes((request.method || "GET").toUpperCase())) {
        for (const header of Object.keys(request.headers)) {
          if (header.toLowerCase() === csrfHeader.toLowerCase()) delete request.headers[header];
        }
        request.headers[csrfHeader] = token;
      }
      return request;
    },
  });
})();
