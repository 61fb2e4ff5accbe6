// Points in time as Graph writes them: ISO 8601 with a zone and any number of decimals.

// Without a zone, Date.parse would take it for local time.
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch, parts of one dropped; undefined if this is no such text. */
export const dateTimeMs = (value: unknown): number | undefined => {
  if (typeof value !== 'string' || !dateTime.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
};
