// The two response headers that matter to timing. Inside a batch, headers are plain JSON with any spelling.

/** Finds a header of a batch answer whatever its case; numbers count as text. */
export const innerHeader = (headers: unknown, name: string): string | null => {
  if (typeof headers !== 'object' || headers === null) return null;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase());
  const value: unknown = found?.[1];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
};

/** The server's time in milliseconds since the epoch; undefined if there is none to read. */
export const dateHeader = (value: string | null): number | undefined => {
  const ms = value === null ? Number.NaN : Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
};

/**
 * How long `Retry-After` asks to wait, in milliseconds (RFC 9110 §10.2.3: whole seconds, or an HTTP date).
 * @param nowMs what "now" was for whoever wrote the date: the server's own clock where it is known.
 */
export const retryAfterMs = (value: string | null, nowMs: number): number | undefined => {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Za-z]/.test(text) ? dateHeader(text) : undefined;
  return at === undefined ? undefined : Math.max(0, at - nowMs);
};
