// Our own pager. A chain of pages is all or nothing: it ends with a page that has no next link, or it was not read.

import { AppError } from '../domain/errors.ts';
import type { JsonObject } from './json.ts';
import { readNextLink } from './next-link.ts';

/** A list longer than this is not for a trust policy; without a limit, a server that never ends would fill the memory. */
export const maxItems = 100_000;
/** 100,000 items in pages of 100, the size Graph falls back to. */
export const maxPages = 1000;

/** What a list holds, and in which words its problems are told. */
export interface ListKind<Item> {
  /** `member list` */
  readonly name: string;
  /** `members` */
  readonly items: string;
  /** Adds one item of a page to those already taken. A string says why the list cannot be relied on. */
  readonly take: (item: unknown, taken: Map<string, Item>) => string | undefined;
}

export interface PageChain<Item> {
  readonly kind: ListKind<Item>;
  /** Whose list it is, in words: `group 4d0e…`. */
  readonly resource: string;
  readonly taken: Map<string, Item>;
  readonly seenUrls: Set<string>;
}

export const startChain = <Item>(kind: ListKind<Item>, resource: string, url: string): PageChain<Item> => ({
  kind,
  resource,
  taken: new Map(),
  seenUrls: new Set([url]),
});

export type Step =
  | { readonly kind: 'next'; readonly url: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'broken'; readonly problem: AppError };

/** undefined: all items taken. */
const takeItems = <Item>(items: readonly unknown[], { kind, taken }: PageChain<Item>): string | undefined => {
  for (const item of items) {
    const wrong = kind.take(item, taken);
    if (wrong !== undefined) return wrong;
  }
  return taken.size > maxItems ? `has more than ${maxItems} ${kind.items}, which is the limit` : undefined;
};

/** Adds one page to the chain and says how it goes on. */
export const takePage = <Item>(chain: PageChain<Item>, page: JsonObject, origin: string): Step => {
  const { kind, resource } = chain;
  const broken = (why: string): Step => ({
    kind: 'broken',
    problem: new AppError('transient', `the ${kind.name} of ${resource} ${why}`, {
      resource,
      code: 'unusableAnswer',
    }),
  });
  const items = page['value'];
  if (!Array.isArray(items)) return broken('has a page without a value array');
  const wrong = takeItems(items, chain);
  if (wrong !== undefined) return broken(wrong);
  const link = readNextLink(page['@odata.nextLink'], origin);
  if (link.kind === 'none') return { kind: 'end' };
  if (link.kind === 'broken') return broken(`has a next link that ${link.why}`);
  if (chain.seenUrls.has(link.url)) return broken('has next links that go round in a circle');
  if (chain.seenUrls.size >= maxPages) return broken(`has more than ${maxPages} pages, which is the limit`);
  chain.seenUrls.add(link.url);
  return link;
};
