// What each client does with the example, and how its replies are checked.
export const base = process.env["BASE"] ?? "http://127.0.0.1:8000";
export const alice = { username: "alice", password: "alice-pass" };

// When the file was changed, in milliseconds: a number that needs more than 32 bits.
export const modified = 1767225600000;
export const content = "bread\n";

export function must<T>(what: string, reply: { data?: T | undefined; error?: unknown; response?: Response | undefined }): T {
  if (reply.data === undefined) {
    throw new Error(`${what}: got ${reply.response?.status}: ${JSON.stringify(reply.error)}`);
  }
  return reply.data;
}

export function same(what: string, got: unknown, want: unknown): void {
  if (got !== want) {
    throw new Error(`${what}: got ${String(got)}, want ${String(want)}`);
  }
}
