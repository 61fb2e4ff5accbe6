// Display names of many groups at once. They are only shown and compared, never used to find a group, so a name that
// cannot be read is a missing name and nothing more.

import pMap from 'p-map';
import type { Post } from './graph-client.ts';
import type { ReadNames } from './groups.ts';
import { chunksOf } from './chunks.ts';
import { isJsonObject, textOrNull } from './json.ts';
import { objectId } from './object-id.ts';

/** Graph: directoryObject: getByIds, "up to 1000 IDs". */
const idsPerRequest = 1000;
const requestsAtOnce = 4;

const subject = { operation: 'getByIds', resource: 'display names of groups' } as const;

/** One `getByIds` per 1,000 groups, asked once: memberships do not wait for a name. */
export const openGroupNames =
  (post: Post): ReadNames =>
  async (groupIds, read) => {
    const names = new Map<string, string>();
    // No time left means no waiting, and so no asking again.
    const once = { ...read, deadlineMs: 0 };
    const readSome = async (ids: readonly string[]): Promise<void> => {
      const path = '/directoryObjects/getByIds?$select=id,displayName';
      const { outcome } = await post({ subject, path, body: { ids, types: ['group'] } }, once);
      const items = outcome.kind === 'body' ? outcome.body['value'] : [];
      for (const item of Array.isArray(items) ? (items as readonly unknown[]) : []) {
        const id = isJsonObject(item) ? objectId(item['id']) : undefined;
        const name = isJsonObject(item) ? textOrNull(item['displayName']) : null;
        if (id !== undefined && name !== null) names.set(id, name);
      }
    };
    await pMap(chunksOf(groupIds, idsPerRequest), readSome, { concurrency: requestsAtOnce });
    return names;
  };
