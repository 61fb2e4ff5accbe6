// Reads of groups as they went over the wire, put together page by page by a second reader: the witness for what the
// controller may conclude. Only whole chains of pages count.

import { type GroupKey, groupKey } from '../../src/domain/directory.ts';

export interface GroupRead {
  readonly group: GroupKey;
  readonly beganAt: number;
  readonly endedAt: number;
  /** Ids of all members that were shown, other groups among them. */
  readonly members: ReadonlySet<string>;
}

export interface GroupReads {
  /** An answer of Graph that arrived whole. */
  readonly note: (request: string, response: string) => void;
  /** All complete reads of a group, in the order in which they ended. */
  of(group: GroupKey): readonly GroupRead[];
  clear(): void;
}

interface Inner {
  readonly id: string;
  readonly url: string;
}

interface InnerAnswer {
  readonly id: string;
  readonly status: number;
  readonly body: { readonly value?: unknown; readonly '@odata.nextLink'?: unknown };
}

const membersPath = /\/groups\/([0-9a-f-]+)\/(members|transitiveMembers)\?/i;

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const listIn = (text: string, field: string): readonly unknown[] => {
  const found = (parse(text) as Record<string, unknown> | undefined)?.[field];
  return Array.isArray(found) ? found : [];
};

const skipTokenOf = (url: string): string | undefined =>
  new URLSearchParams(url.split('?')[1] ?? '').get('$skiptoken') ?? undefined;

export const createGroupReads = (tick: () => number): GroupReads => {
  const done = new Map<GroupKey, GroupRead[]>();
  /** Chains by the skip token of the page that comes next. */
  const open = new Map<string, { readonly beganAt: number; readonly members: readonly string[] }>();

  const take = ({ url }: Inner, { status, body }: InnerAnswer, moment: number): void => {
    const [, id, reach] = membersPath.exec(url) ?? [];
    if (id === undefined || status !== 200 || !Array.isArray(body.value)) return;
    const token = skipTokenOf(url);
    const chain = token === undefined ? { beganAt: moment, members: [] } : open.get(token);
    if (chain === undefined) return;
    const members = [...chain.members, ...(body.value as { readonly id: string }[]).map((item) => item.id)];
    const next = body['@odata.nextLink'];
    if (typeof next === 'string') {
      open.set(skipTokenOf(next) ?? '', { ...chain, members });
      return;
    }
    const group = groupKey({ id: id.toLowerCase(), nested: reach === 'transitiveMembers' });
    const read = { group, beganAt: chain.beganAt, endedAt: moment, members: new Set(members) };
    done.set(group, [...(done.get(group) ?? []), read]);
  };

  return {
    note: (request, response) => {
      const answers = new Map(
        (listIn(response, 'responses') as readonly InnerAnswer[]).map((one) => [one.id, one]),
      );
      const moment = tick();
      for (const inner of listIn(request, 'requests') as readonly Inner[]) {
        const answer = answers.get(inner.id);
        if (answer !== undefined) take(inner, answer, moment);
      }
    },
    of: (group) => done.get(group) ?? [],
    clear: () => {
      done.clear();
      open.clear();
    },
  };
};
