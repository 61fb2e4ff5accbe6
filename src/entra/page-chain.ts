// Our own pager. A chain of pages is all or nothing: it ends with a page that has no next link, or it was not read.

import { AppError } from '../domain/errors.ts';
import type { JsonObject } from './json.ts';
import { idOf, type Member, mergeMembers, readMember } from './members.ts';
import { readNextLink } from './next-link.ts';

/** A group larger than this is not for a trust policy; without a limit, a server that never ends would fill the memory. */
export const maxMembers = 100_000;
/** 100,000 members in pages of 100, the size Graph falls back to. */
export const maxPages = 1000;

export interface PageChain {
  readonly members: Map<string, Member>;
  readonly seenUrls: Set<string>;
}

export const startChain = (url: string): PageChain => ({ members: new Map(), seenUrls: new Set([url]) });

export type Step =
  | { readonly kind: 'next'; readonly url: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'broken'; readonly problem: AppError };

/** undefined: all items taken. */
const takeItems = (items: readonly unknown[], members: Map<string, Member>): string | undefined => {
  for (const item of items) {
    const member = readMember(item);
    if (typeof member === 'string') return member;
    const known = members.get(idOf(member));
    const merged = known === undefined ? member : mergeMembers(known, member);
    if (typeof merged === 'string') return merged;
    members.set(idOf(merged), merged);
  }
  return members.size > maxMembers ? `has more than ${maxMembers} members, which is the limit` : undefined;
};

/** Adds one page to the chain and says how it goes on. */
export const takePage = (chain: PageChain, page: JsonObject, resource: string, origin: string): Step => {
  const broken = (why: string): Step => ({
    kind: 'broken',
    problem: new AppError('transient', `the member list of ${resource} ${why}`, {
      resource,
      code: 'unusableAnswer',
    }),
  });
  const items = page['value'];
  if (!Array.isArray(items)) return broken('has a page without a value array');
  const wrong = takeItems(items, chain.members);
  if (wrong !== undefined) return broken(wrong);
  const link = readNextLink(page['@odata.nextLink'], origin);
  if (link.kind === 'none') return { kind: 'end' };
  if (link.kind === 'broken') return broken(`has a next link that ${link.why}`);
  if (chain.seenUrls.has(link.url)) return broken('has next links that go round in a circle');
  if (chain.seenUrls.size >= maxPages) return broken(`has more than ${maxPages} pages, which is the limit`);
  chain.seenUrls.add(link.url);
  return link;
};
