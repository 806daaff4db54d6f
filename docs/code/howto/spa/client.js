const api = "https://api.example.com";

function cookie(name) {
  const found = document.cookie.split("; ").find((c) => c.startsWith(name + "="));
  return found ? found.slice(name.length + 1) : "";
}

export async function call(method, path, body) {
  const headers = { "X-CSRFToken": cookie("csrftoken") };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const reply = await fetch(api + path, {
    method, headers, credentials: "include",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!reply.ok) throw await reply.json();
  return reply.status === 204 ? undefined : reply.json();
}

// await call("POST", "/session/login/", { username, password });
// await call("GET", "/me/");
