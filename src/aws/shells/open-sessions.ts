// Sessions that are open in one region, all of them or one.

import type { Session, SessionFilter } from '@aws-sdk/client-ssm';
import { brokenAnswer, readTokenPages } from '../pages.ts';
import type { SsmRegion } from './ssm-region.ts';

/** The page size that is allowed at most. */
const maxResults = 200;

/** Throws classified errors. Pages may be empty, the last one ends the chain. */
export const openSessions = async (
  { region, sdk, calls, pace }: SsmRegion,
  filters: readonly SessionFilter[],
  signal: AbortSignal,
): Promise<readonly Session[]> => {
  const action = 'ssm:DescribeSessions';
  const sessions: Session[] = [];
  await readTokenPages(
    action,
    async (token) => {
      const page = await calls.call(
        { action, resource: `sessions of ${region}` },
        signal,
        (client, options) => {
          const command = new sdk.DescribeSessionsCommand({
            State: 'Active',
            MaxResults: maxResults,
            ...(filters.length === 0 ? {} : { Filters: [...filters] }),
            ...(token === undefined ? {} : { NextToken: token }),
          });
          return client.send(pace.paced('DescribeSessions', command, signal), options);
        },
      );
      return { nextToken: page.NextToken, found: page.Sessions };
    },
    ({ found }) => {
      if (found === undefined) throw brokenAnswer(action, 'a page without sessions');
      sessions.push(...found);
    },
  );
  return sessions;
};
