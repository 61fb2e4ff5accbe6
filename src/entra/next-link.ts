// Where a collection goes on. The link comes from outside and our token would go with it, so it may only lead to Graph.

const version = '/v1.0';

export type NextLink =
  | { readonly kind: 'none' }
  /** Relative to the version, as a batch wants it. */
  | { readonly kind: 'next'; readonly url: string }
  | { readonly kind: 'broken'; readonly why: string };

/** @param link the page's `@odata.nextLink`, whatever it is */
export const readNextLink = (link: unknown, origin: string): NextLink => {
  if (link === undefined) return { kind: 'none' };
  if (typeof link !== 'string' || !URL.canParse(link)) return { kind: 'broken', why: 'is no URL' };
  // Parsing also resolves `..`, so that the check below sees where the request would really go.
  const url = new URL(link);
  if (url.origin !== origin || url.username !== '' || url.password !== '') {
    return { kind: 'broken', why: `leads away from ${origin}` };
  }
  if (!url.pathname.startsWith(`${version}/`)) return { kind: 'broken', why: `leaves ${version}` };
  return { kind: 'next', url: url.pathname.slice(version.length) + url.search };
};
