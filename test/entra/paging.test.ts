// A chain of pages is all or nothing, however the members are cut into pages.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Group } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { readGroups } from '../../src/entra/groups.ts';
import type { JsonObject } from '../../src/entra/json.ts';
import { maxItems, maxPages } from '../../src/entra/page-chain.ts';
import type { Answer, Ask, ReadCall } from '../../src/entra/question.ts';
import { answering } from './answering.ts';
import { ids, problemOf, uuid, valueOf } from './contoso.ts';

const origin = 'https://graph.test';
const groupUrl = `${origin}/v1.0/groups/${ids.team}/members`;

const read = (): ReadCall => ({
  signal: new AbortController().signal,
  deadlineMs: Number.POSITIVE_INFINITY,
  halted: undefined,
  tookFreshToken: false,
});

/** Graph with one group: the first question gets page 0, its next link page 1, and so on. */
const graphOf = (answerTo: (page: number) => Answer): Ask => {
  return answering(({ url }) => answerTo(Number(new URL(url, origin).searchParams.get('$skiptoken') ?? 0)));
};

const readTeam = async (ask: Ask): Promise<Reading<Group> | undefined> => {
  const queries = [{ id: ids.team, nested: false }];
  const readings = await readGroups(queries, read(), { ask, origin, readNames: async () => new Map() });
  return readings.get(ids.team);
};

const page = (value: unknown, next?: unknown): Answer => ({
  kind: 'body',
  body: { value, ...(next === undefined ? {} : { '@odata.nextLink': next }) },
});
const linkTo = (number: number): string => `${groupUrl}?$select=id&$skiptoken=${number}`;
const pagesOf = (pages: readonly (readonly unknown[])[]): Ask =>
  graphOf((number) => page(pages[number] ?? [], number + 1 < pages.length ? linkTo(number + 1) : undefined));

const person = (n: number, change: JsonObject = {}): JsonObject => ({
  '@odata.type': '#microsoft.graph.user',
  id: uuid('a', n),
  userPrincipalName: `user${n}@contoso.com`,
  mail: null,
  accountEnabled: true,
  userType: 'Member',
  ...change,
});

/** Members in any order, some more than once, cut into any pages, empty ones too. */
const anyPages = fc
  .tuple(
    fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 40 }),
    fc.array(fc.nat(39), { maxLength: 10 }),
  )
  .chain(([members, repeats]) => {
    const listed = [...members, ...repeats.map((index) => members[index % members.length] ?? 0)];
    const shuffled = fc.shuffledSubarray([...listed.keys()], { minLength: listed.length });
    const cuts = fc.array(fc.nat(listed.length), { maxLength: 6 });
    return fc.tuple(fc.constant(members), fc.constant(listed), shuffled, cuts);
  })
  .map(([members, listed, order, cuts]) => {
    const items = order.map((index) => person(listed[index] ?? 0));
    const edges = [0, ...cuts.sort((a, b) => a - b), items.length];
    const pages = edges.slice(1).map((edge, index) => items.slice(edges[index], edge));
    return { members, pages };
  });

describe('a chain that ends', () => {
  it('reads the same, however it is cut, ordered and repeated', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, async ({ members, pages }) => {
        const inOnePage = await readTeam(pagesOf([members.map((n) => person(n))]));
        expect(await readTeam(pagesOf(pages))).toEqual(inOnePage);
        expect(valueOf(inOnePage).people.map(({ id }) => id)).toEqual(
          members.toSorted((a, b) => a - b).map((n) => uuid('a', n)),
        );
      }),
    );
  });

  it('reads one group alike among many that are longer and shorter', async () => {
    const other = { id: ids.outer, nested: false };
    const ask = answering(({ url }) => {
      const number = Number(new URL(url, origin).searchParams.get('$skiptoken') ?? 0);
      const last = url.includes(ids.team) ? 4 : 1;
      const next = `${origin}/v1.0${url.split('?')[0]}?$skiptoken=${number + 1}`;
      return page([person(number)], number < last ? next : undefined);
    });
    const queries = [{ id: ids.team, nested: false }, other];
    const readings = await readGroups(queries, read(), { ask, origin, readNames: async () => new Map() });
    expect([ids.team, ids.outer].map((id) => valueOf(readings.get(id)).people.length)).toEqual([5, 2]);
  });
});

const failing: readonly [string, Answer][] = [
  ['fails', { kind: 'failed', problem: new AppError('transient', 'graph answered 503') }],
  ['is forbidden', { kind: 'failed', problem: new AppError('denied', 'graph answered 403') }],
  ['has no value', { kind: 'body', body: {} }],
  ['has null for a value', page(null)],
  ['has an object for a value', page({})],
  ['has an item that is null', page([null])],
  ['has an item without id', page([{ '@odata.type': '#microsoft.graph.user' }])],
  ['has an item whose id is no UUID', page([person(1, { id: 'ana' })])],
  ['has an item without type, who may be a person', page([{ id: uuid('a', 1) }])],
  ['has an item whose type is null', page([person(1, { '@odata.type': null })])],
  [
    'tells two things of one member',
    page([person(1), person(1, { '@odata.type': '#microsoft.graph.group' })]),
  ],
  ['has a next link that is null', page([], null)],
  ['has a next link that is no URL', page([], '/groups?$skiptoken=9')],
  ['has a next link to another host', page([], 'https://evil.test/v1.0/groups?$skiptoken=9')],
  ['has a next link to another port', page([], 'https://graph.test:444/v1.0/groups')],
  ['has a next link over http', page([], 'http://graph.test/v1.0/groups')],
  ['has a next link with a user', page([], 'https://ana@graph.test/v1.0/groups')],
  ['has a next link out of v1.0', page([], `${origin}/beta/groups`)],
  ['has a next link that climbs out of v1.0', page([], `${origin}/v1.0/../beta/groups`)],
  ['has a next link to the first page', page([], `${groupUrl}?$skiptoken=0`)],
];

describe('a chain with one page that cannot be relied on', () => {
  it.each(failing)('that %s is unreadable as a whole, wherever that page stands', async (_name, bad) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(), async (length, position) => {
        const at = position % length;
        const ask = graphOf((number) => {
          if (number === at) return bad;
          return page([person(number + 100)], number + 1 < length ? linkTo(number + 1) : undefined);
        });
        expect((await readTeam(ask))?.state).toBe('unreadable');
      }),
      { numRuns: 20 },
    );
  });

  it('whose group vanished after the first page is unreadable, not absent', async () => {
    const ask = graphOf((number) => (number === 0 ? page([], linkTo(1)) : { kind: 'notFound' }));
    expect(problemOf(await readTeam(ask)).message).toContain('broke off');
    expect(await readTeam(graphOf(() => ({ kind: 'notFound' })))).toEqual({ state: 'absent' });
  });
});

describe('a chain without end', () => {
  it('is unreadable when it has too many pages', async () => {
    const ask = graphOf((number) => page([], linkTo(number + 1)));
    expect(problemOf(await readTeam(ask)).message).toContain(`more than ${maxPages} pages`);
  });

  it('is unreadable when it has too many members', async () => {
    const many = Array.from({ length: maxItems + 1 }, (_, n) => person(n));
    expect(problemOf(await readTeam(graphOf(() => page(many)))).message).toContain(
      'more than 100000 members',
    );
    expect((await readTeam(graphOf(() => page(many.slice(1)))))?.state).toBe('present');
  });

  it('is unreadable when its links go round in a circle', async () => {
    const ask = graphOf((number) => page([person(number)], linkTo((number + 1) % 3)));
    expect(problemOf(await readTeam(ask)).message).toContain('circle');
  });
});

describe('the question', () => {
  it.each([
    [false, '/members?'],
    [true, '/transitiveMembers?'],
  ])(
    '(nested: %s) is a plain collection, without anything that an index would answer',
    async (nested, path) => {
      const urls: string[] = [];
      const ask = answering(({ url }) => {
        urls.push(url);
        return page([]);
      });
      const queries = [{ id: ids.team.toUpperCase(), nested }];
      await readGroups(queries, read(), { ask, origin, readNames: async () => new Map() });
      const select = '$select=id,userPrincipalName,mail,accountEnabled,userType&$top=999';
      expect(urls).toEqual([`/groups/${ids.team}${path}${select}`]);
    },
  );
});
