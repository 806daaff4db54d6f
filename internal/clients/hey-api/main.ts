import { alice, base, content, modified, must, same } from "../check";
import { cookie, fetchWithCookies, forget } from "../jar";
import { client } from "./api/client.gen";
import {
  getApiNotes,
  postApiJwtObtain,
  postApiNotes,
  postApiNotesIdAttachments,
  postApiSessionLogin,
} from "./api/sdk.gen";

// The client asks for each credential that the document lists for an operation.
let accessToken: string | undefined;
client.setConfig({
  baseUrl: base,
  fetch: fetchWithCookies,
  auth(scheme) {
    switch (scheme.type === "http" ? scheme.scheme : scheme.name) {
      case "X-CSRFToken":
        return cookie("csrftoken") || undefined;
      case "bearer":
        return accessToken;
      default:
        return undefined; // fetch sends the session's cookie
    }
  },
});

async function attach(): Promise<void> {
  const note = must("create", await postApiNotes({ body: { title: "Milk" } }));
  const attachment = must(
    "attach",
    await postApiNotesIdAttachments({ path: { id: note.id }, body: { file: new File([content], "list.txt"), modified } }),
  );
  same("modified", attachment.modified, modified);
  same("size", attachment.size, content.length);
}

same("anonymous", (await getApiNotes()).response?.status, 401);

must("log in", await postApiSessionLogin({ body: alice }));
await attach();
forget();

accessToken = must("obtain", await postApiJwtObtain({ body: alice })).access_token;
await attach();
