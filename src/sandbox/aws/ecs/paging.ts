// Pages of a list: how many, and from where on.

import type { JsonObject } from '../../../domain/statement.ts';
import { invalidParameter } from './ecs-errors.ts';
import { optionalNumber, optionalText } from '../json-protocol.ts';
import { tokenPage } from '../token-pages.ts';

export interface PageSize {
  readonly usual: number;
  readonly most: number;
}

/** The page that the request asks for; `nextToken` is there only when more follows. */
export const pageOf = (
  input: JsonObject,
  items: readonly string[],
  size: PageSize,
): { readonly page: readonly string[]; readonly more: { readonly nextToken?: string } } => {
  const count = optionalNumber(input, 'maxResults') ?? size.usual;
  if (!Number.isInteger(count) || count < 1 || count > size.most) {
    throw invalidParameter(`maxResults must be between 1 and ${size.most}`);
  }
  const found = tokenPage(items, optionalText(input, 'nextToken'), count);
  if (found === undefined) throw invalidParameter('Invalid token');
  return { page: found.page, more: found.next === undefined ? {} : { nextToken: found.next } };
};
