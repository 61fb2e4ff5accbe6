// Pages of a list: how many, and from where on.

import type { JsonObject } from '../../../domain/statement.ts';
import { invalidParameter } from './ecs-errors.ts';
import { optionalNumber, optionalText } from './json-protocol.ts';

export interface PageSize {
  readonly usual: number;
  readonly most: number;
}

const tokenOf = (index: number): string => Buffer.from(`after/${index}`, 'utf8').toString('base64');

const startOf = (token: string | undefined): number => {
  if (token === undefined) return 0;
  const [, index] = /^after\/(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8')) ?? [];
  if (index === undefined) throw invalidParameter('Invalid token');
  return Number(index);
};

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
  const start = startOf(optionalText(input, 'nextToken'));
  const end = start + count;
  return { page: items.slice(start, end), more: end < items.length ? { nextToken: tokenOf(end) } : {} };
};
