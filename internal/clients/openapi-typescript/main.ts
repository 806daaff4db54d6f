// openapi-typescript writes the types of the paths; openapi-fetch sends the requests.
import createClient from "openapi-fetch";
import { alice, base, content, modified, must, same } from "../check";
import { cookie, fetchWithCookies, forget } from "../jar";
import type { paths } from "./api";

const client = createClient<paths>({ baseUrl: base, fetch: fetchWithCookies });

// The credential of each request. openapi-typescript writes types alone, no security schemes, so a
// middleware sends what the scheme csrf names: the cookie csrftoken in the header X-CSRFToken.
let accessToken = "";
client.use({
  onRequest({ request }) {
    if (accessToken !== "") {
      request.headers.set("Authorization", `Bearer ${accessToken}`);
    } else if (cookie("csrftoken") !== "") {
      request.headers.set("X-CSRFToken", cookie("csrftoken"));
    }
    return request;
  },
});

async function attach(): Promise<void> {
  const note = must("create", await client.POST("/api/notes/", { body: { title: "Milk" } }));
  const attachment = must(
    "attach",
    await client.POST("/api/notes/{id}/attachments/", {
      params: { path: { id: note.id } },
      body: { file: new File([content], "list.txt") as unknown as string, modified },
      bodySerializer(body) {
        const form = new FormData();
        for (const [name, value] of Object.entries(body)) {
          form.set(name, typeof value === "number" ? String(value) : value);
        }
        return form;
      },
    }),
  );
  same("modified", attachment.modified, modified);
  same("size", attachment.size, content.length);
}

same("anonymous", (await client.GET("/api/notes/")).response.status, 401);

must("log in", await client.POST("/api/session/login/", { body: alice }));
await attach();
forget();

accessToken = must("obtain", await client.POST("/api/jwt/obtain/", { body: alice })).access_token;
await attach();
