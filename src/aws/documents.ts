// IAM hands out policy documents URL-encoded (RFC 3986), and the SDK leaves them so. [reference aws.md §3.2]

/** JSON text. What is wrongly encoded stays as it came: the domain shows it as opaque, and one odd role stops nothing. */
export const decodeDocument = (encoded: string | undefined): string => {
  if (encoded === undefined) return '';
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
};

export interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export const tagsFrom = (tags: readonly Tag[] | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));

export const toTags = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** A date as the SDK reads it, or as text where we read the page ourselves; undefined: not told. Milliseconds since the epoch. */
export const dateMs = (date: Date | string | undefined): number | undefined => {
  const ms = date instanceof Date ? date.getTime() : Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : ms;
};
