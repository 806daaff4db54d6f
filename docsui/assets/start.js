// Starts Swagger UI with what the page says in data attributes.
"use strict";
(() => {
  const { document: url, csrfCookie, csrfHeader, remember } = window.document.getElementById("swagger-ui").dataset;

  // The last of equal cookies wins, as on the server.
  const cookie = (name) => {
    const found = window.document.cookie.split("; ").filter((pair) => pair.startsWith(name + "="));
    return found.length ? found[found.length - 1].slice(name.length + 1) : "";
  };

  window.ui = SwaggerUIBundle({
    url,
    dom_id: "#swagger-ui",
    deepLinking: true,
    persistAuthorization: remember === "true",
    validatorUrl: null,
    // What the site's own pages do: prove that they can read the cookie.
    requestInterceptor: (request) => {
      const token = cookie(csrfCookie);
      const own = new URL(request.url, window.location.href).origin === window.location.origin;
      if (own && token && !["GET", "HEAD", "OPTIONS", "TRACE"].includes((request.method || "GET").toUpperCase())) {
        request.headers[csrfHeader] = token;
      }
      return request;
    },
  });
})();
