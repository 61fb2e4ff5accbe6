// Pages of a list by tokens that tell where the next one begins.

export interface TokenPage<T> {
  readonly page: readonly T[];
  /** The token of the next page; undefined: this is the last. */
  readonly next: string | undefined;
}

const tokenOf = (index: number): string => Buffer.from(`after/${index}`, 'utf8').toString('base64');

/** undefined: it is none of ours. */
const startOf = (token: string | undefined): number | undefined => {
  if (token === undefined) return 0;
  const [, index] = /^after\/(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8')) ?? [];
  return index === undefined ? undefined : Number(index);
};

/** undefined: the token is none of ours. */
export const tokenPage = <T>(
  items: readonly T[],
  token: string | undefined,
  count: number,
): TokenPage<T> | undefined => {
  const start = startOf(token);
  if (start === undefined) return undefined;
  const end = start + count;
  return { page: items.slice(start, end), next: end < items.length ? tokenOf(end) : undefined };
};
