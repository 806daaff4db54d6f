// Orval writes a function for each operation. They call fetch with a path, as a page of the API's own site would.
import { alice, base, content, modified, same } from "../check";
import { cookie, fetchWithCookies, forget } from "../jar";
import {
  getApiNotes,
  postApiJwtObtain,
  postApiNotes,
  postApiNotesIdAttachments,
  postApiSessionLogin,
} from "./api";

// The credential of each request. Orval reads no security schemes, so this sends what the scheme csrf names:
// the cookie csrftoken in the header X-CSRFToken.
let accessToken = "";
globalThis.fetch = (path, init) => {
  const request = new Request(new URL(String(path), base), init);
  if (accessToken !== "") {
    request.headers.set("Authorization", `Bearer ${accessToken}`);
  } else if (cookie("csrftoken") !== "") {
    request.headers.set("X-CSRFToken", cookie("csrftoken"));
  }
  return fetchWithCookies(request);
};

async function attach(): Promise<void> {
  const note = await postApiNotes({ title: "Milk" });
  if (note.status !== 201) {
    throw new Error(`create: got ${note.status}`);
  }
  const attachment = await postApiNotesIdAttachments(note.data.id, { file: new File([content], "list.txt"), modified });
  if (attachment.status !== 201) {
    throw new Error(`attach: got ${attachment.status}`);
  }
  same("modified", attachment.data.modified, modified);
  same("size", attachment.data.size, content.length);
}

same("anonymous", (await getApiNotes()).status, 401);

same("log in", (await postApiSessionLogin(alice)).status, 200);
await attach();
forget();

const pair = await postApiJwtObtain(alice);
if (pair.status !== 200) {
  throw new Error(`obtain: got ${pair.status}`);
}
accessToken = pair.data.access_token;
await attach();
