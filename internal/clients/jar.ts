// A fetch that keeps cookies, as a browser does. Node has none.
const cookies = new Map<string, string>();

export const cookie = (name: string): string => cookies.get(name) ?? "";

export const forget = (): void => cookies.clear();

const send = fetch;

export const fetchWithCookies: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  if (cookies.size > 0) {
    request.headers.set("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
  }
  const reply = await send(request);
  for (const line of reply.headers.getSetCookie()) {
    const [pair = ""] = line.split(";");
    const at = pair.indexOf("=");
    cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return reply;
};
