// Pages: `$top`, opaque skip tokens and absolute next links.

import type { GraphContext } from './graph-context.ts';
import { badRequest, type GraphRequest } from './graph-exchange.ts';

const defaultTop = 100;
const maximumTop = 999;

export interface Page<T> {
  readonly items: readonly T[];
  /** Absolute; undefined on the last page. */
  readonly nextLink: string | undefined;
}

interface SkipToken {
  /** Decides the order, so that one chain of pages has one order and the next chain another. */
  readonly seed: number;
  /** Sort key and id of the last item that was sent: an insertion or removal meanwhile moves nobody else. */
  readonly afterKey: number;
  readonly afterId: string;
}

export const encodeToken = (content: object): string =>
  Buffer.from(JSON.stringify(content)).toString('base64url');

/** What a token of ours says, or undefined for one that we never issued. */
export const decodeToken = (token: string): Record<string, unknown> | undefined => {
  try {
    const content: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return typeof content === 'object' && content !== null ? { ...content } : undefined;
  } catch {
    // Not JSON: a token from elsewhere, which the caller answers for.
    return undefined;
  }
};

const readSkipToken = (text: string): SkipToken => {
  const { seed, afterKey, afterId } = decodeToken(text) ?? {};
  if (typeof seed !== 'number' || typeof afterKey !== 'number' || typeof afterId !== 'string')
    throw badRequest('Specified page token value has expired and can no longer be included in your request.');
  return { seed, afterKey, afterId };
};

/** Throws the 400 that Graph answers for a page size outside 1..999. */
export const pageSize = (query: GraphRequest['query']): number => {
  const text = query.get('$top');
  if (text === undefined) return defaultTop;
  const top = Number(text);
  if (Number.isInteger(top) && top >= 1 && top <= maximumTop) return top;
  throw badRequest(`Invalid page size specified: '${text}'. Must be between 1 and ${maximumTop} inclusive.`);
};

/** FNV-1a, finished like murmur, over the id: spreads the members differently for each seed. */
const sortKey = (seed: number, id: string): number => {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < id.length; index += 1)
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
};

const nextLinkOf = (request: GraphRequest, token: SkipToken): string => {
  const path = request.segments.map(encodeURIComponent).join('/');
  const options = [...request.query, ['$skiptoken', encodeToken(token)] as const].filter(
    ([name], index, all) => name !== '$skiptoken' || index === all.length - 1,
  );
  const query = options.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&');
  return `${request.baseUrl}/${path}?${query}`;
};

/**
 * Cuts the page that the request asks for out of all ids. The order differs from read to read (the seed is for a chain's
 * first page), as Graph promises none.
 */
export const paginate = (
  request: GraphRequest,
  ids: readonly string[],
  { nextSeed, mostOnPage }: Pick<GraphContext, 'nextSeed' | 'mostOnPage'>,
): Page<string> => {
  const seed = nextSeed();
  const top = Math.min(mostOnPage(), pageSize(request.query));
  const token = request.query.get('$skiptoken');
  const from = token === undefined ? { seed, afterKey: -1, afterId: '' } : readSkipToken(token);
  const ordered = ids
    .map((id) => ({ id, key: sortKey(from.seed, id) }))
    .filter(({ id, key }) => key > from.afterKey || (key === from.afterKey && id > from.afterId))
    .sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1));
  const page = ordered.slice(0, top);
  const last = page.at(-1);
  return {
    items: page.map(({ id }) => id),
    nextLink:
      last === undefined || page.length === ordered.length
        ? undefined
        : nextLinkOf(request, { seed: from.seed, afterKey: last.key, afterId: last.id }),
  };
};
