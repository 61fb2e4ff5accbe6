// Looking into JSON that others wrote: nothing is believed before it was seen.

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** undefined: not JSON, which is what a truncated body or a proxy's HTML page comes to. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const textOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value.length > 0 ? value : null;

export const booleanOrNull = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);
