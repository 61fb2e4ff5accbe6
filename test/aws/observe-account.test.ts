import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BulkReads,
  type DetailsPage,
  type ListingPage,
  observeAccount,
} from '../../src/aws/observe-account.ts';

type Detail = NonNullable<DetailsPage['RoleDetailList']>[number];
type Listed = NonNullable<ListingPage['Roles']>[number];

const never = new AbortController().signal;
const ours = '/rolewarden/';

const detail = (name: string, path: string, roleId = `AROA${name}`): Detail => ({
  RoleName: name,
  Path: path,
  RoleId: roleId,
  Arn: `arn:aws:iam::111122223333:role${path}${name}`,
  CreateDate: '2026-01-02T03:04:05Z',
  AssumeRolePolicyDocument: encodeURIComponent(`{"for":"${name} +%"}`),
  RolePolicyList: [{ PolicyName: 'rolewarden-access', PolicyDocument: '%7B%22a%22%3A1%7D' }],
  AttachedManagedPolicies: [{ PolicyName: 'x', PolicyArn: 'arn:aws:iam::aws:policy/x' }],
  PermissionsBoundary: { PermissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/b' },
  Tags: [{ Key: 'k', Value: 'v' }],
});
const listed = (name: string, roleId = `AROA${name}`): Listed => ({
  RoleName: name,
  RoleId: roleId,
  Description: `about ${name}`,
  MaxSessionDuration: 7_200,
});

/** Splits a list into pages, of any sizes, empty ones too: IAM may return fewer than asked for. */
const split = <T>(items: readonly T[], sizes: readonly number[]): T[][] => {
  const pages: T[][] = [];
  let at = 0;
  for (const size of sizes) {
    pages.push(items.slice(at, at + size));
    at += size;
  }
  return [...pages, items.slice(at)];
};

const chain = <T>(pages: readonly T[][], marker: string | undefined) => {
  const at = marker === undefined ? 0 : Number(marker.slice(1));
  const last = at === pages.length - 1;
  return { items: pages[at] ?? [], IsTruncated: !last, Marker: last ? undefined : `m${at + 1}` };
};

interface World {
  readonly details: readonly Detail[][];
  readonly listing: readonly Listed[][];
}

const readsOf = (world: World, change: Partial<BulkReads> = {}): BulkReads => ({
  details: async (marker) => {
    const { items, ...page } = chain(world.details, marker);
    return { ...page, RoleDetailList: items };
  },
  listing: async (marker) => {
    const { items, ...page } = chain(world.listing, marker);
    return { ...page, Roles: items };
  },
  summary: async () => ({ AssumeRolePolicySizeQuota: 4_096, RolesQuota: 1_000 }),
  samlProviders: async () => [{ Arn: 'arn:aws:iam::111122223333:saml-provider/EntraID' }],
  oidcProviders: async () => [],
  ...change,
});

const small: World = { details: [[detail('a', ours), detail('Console', '/')]], listing: [[listed('a')]] };

describe('the bulk read', () => {
  it('joins both listings into whole roles', async () => {
    const seen = await observeAccount(readsOf(small), 123, never);
    expect(seen).toEqual({
      readAtMs: 123,
      roles: [
        {
          name: 'a',
          path: ours,
          arn: 'arn:aws:iam::111122223333:role/rolewarden/a',
          roleId: 'AROAa',
          createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
          trustDocument: '{"for":"a +%"}',
          tags: { k: 'v' },
          permissionsBoundary: 'arn:aws:iam::111122223333:policy/b',
          inlinePolicies: [{ name: 'rolewarden-access', document: '{"a":1}' }],
          attachedPolicyArns: ['arn:aws:iam::aws:policy/x'],
          settings: { description: 'about a', maxSessionSeconds: 7_200 },
        },
      ],
      halfSeenRoleNames: [],
      otherRoles: new Map([['console', 'arn:aws:iam::111122223333:role/Console']]),
      askedRoles: new Map(),
      allows: [],
      trustQuotaChars: 4_096,
      samlProviderArns: new Set(['arn:aws:iam::111122223333:saml-provider/EntraID']),
      oidcProviderArns: new Set(),
    });
  });

  it('sees the same account however IAM cuts it into pages', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `role-${String(i).padStart(2, '0')}`);
    const details = names.map((name, i) => detail(name, i % 3 === 0 ? '/' : ours));
    const listing = names.filter((_, i) => i % 3 !== 0).map((name) => listed(name));
    const whole = await observeAccount(readsOf({ details: [details], listing: [listing] }), 1, never);
    expect(whole.roles).toHaveLength(8);
    expect(whole.otherRoles.size).toBe(4);

    const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (detailSizes, listingSizes) => {
        const world = { details: split(details, detailSizes), listing: split(listing, listingSizes) };
        expect(await observeAccount(readsOf(world), 1, never)).toEqual(whole);
      }),
    );
  });

  it.each<[string, World]>([
    ['only the details show', { details: [[detail('a', ours)]], listing: [[]] }],
    ['only the listing shows', { details: [[]], listing: [[listed('a')]] }],
    [
      'was deleted and made again in between',
      { details: [[detail('a', ours)]], listing: [[listed('a', 'AROAnew')]] },
    ],
    ['moved to another path in between', { details: [[detail('a', '/')]], listing: [[listed('a')]] }],
  ])('half sees a role that %s', async (_name, world) => {
    const seen = await observeAccount(readsOf(world), 1, never);
    expect(seen.roles).toEqual([]);
    expect(seen.halfSeenRoleNames).toEqual(['a']);
  });

  it('keeps a document as it came if its encoding is broken, and reads on', async () => {
    const odd = { ...detail('odd', ours), AssumeRolePolicyDocument: '%7B%GG' };
    const world = { details: [[odd, detail('a', ours)]], listing: [[listed('odd'), listed('a')]] };
    const seen = await observeAccount(readsOf(world), 1, never);
    expect(seen.roles.map((role) => role.trustDocument)).toEqual(['{"for":"a +%"}', '%7B%GG']);
  });

  it('has no settings for a role whose listing lacks them', async () => {
    const world = { details: [[detail('a', ours)]], listing: [[{ RoleName: 'a', RoleId: 'AROAa' }]] };
    expect((await observeAccount(readsOf(world), 1, never)).roles[0]?.settings).toBeUndefined();
  });

  it('takes the default quota if the summary has none', async () => {
    const seen = await observeAccount(readsOf(small, { summary: async () => ({}) }), 1, never);
    expect(seen.trustQuotaChars).toBe(2_048);
  });

  const passing = { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' };
  const withPolicies = (role: Detail, ...names: readonly string[]): Detail => ({
    ...role,
    RolePolicyList: names.map((name) => ({
      PolicyName: name,
      PolicyDocument: encodeURIComponent(
        JSON.stringify({ Version: '2012-10-17', Statement: [{ ...passing, Sid: name }] }),
      ),
    })),
  });
  const arnOf = (path: string, name: string): string => `arn:aws:iam::111122223333:role${path}${name}`;

  it('brings the documents of other roles, if they are asked for', async () => {
    const world = { details: [[detail('Console', '/'), detail('web-task', '/team/')]], listing: [[]] };
    const asked = arnOf('/team/', 'web-task');
    const interest = { roleArns: new Set([asked, arnOf('/', 'nobody')]), actions: [] };
    const seen = await observeAccount(readsOf(world), 1, never, interest);
    expect([...seen.askedRoles]).toMatchObject([
      [
        asked,
        {
          name: 'web-task',
          path: '/team/',
          createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
          trustDocument: '{"for":"web-task +%"}',
          inlinePolicies: [{ name: 'rolewarden-access', document: '{"a":1}' }],
          settings: undefined,
        },
      ],
    ]);
    expect(seen.otherRoles.size).toBe(2);
  });

  it('keeps roles of ours where they are, also if they are asked for', async () => {
    const interest = { roleArns: new Set([arnOf(ours, 'a')]), actions: [] };
    const seen = await observeAccount(readsOf(small), 1, never, interest);
    expect(seen.roles).toHaveLength(1);
    expect(seen.askedRoles.size).toBe(0);
  });

  it('finds who may do what is asked for, among ours and others, however IAM orders them', async () => {
    const roles = [
      withPolicies(detail('b', ours), 'z', 'y'),
      withPolicies(detail('c', '/'), 'x'),
      withPolicies(detail('a', ours), 'w'),
    ];
    const world = { details: [roles], listing: [[listed('a'), listed('b')]] };
    const interest = { roleArns: new Set<string>(), actions: ['iam:PassRole'] };
    const seen = await observeAccount(readsOf(world), 1, never, interest);
    const found = seen.allows.map(({ roleArn, policyName, statement }) => [
      roleArn,
      policyName,
      statement['Sid'],
    ]);
    expect(found).toEqual([
      [arnOf('/', 'c'), 'x', 'x'],
      [arnOf(ours, 'a'), 'w', 'w'],
      [arnOf(ours, 'b'), 'y', 'y'],
      [arnOf(ours, 'b'), 'z', 'z'],
    ]);
  });

  it('decodes no document of other roles that nobody asks for', async () => {
    const other = {
      ...detail('Console', '/'),
      get RolePolicyList(): never {
        throw new Error('it was looked at');
      },
      get AssumeRolePolicyDocument(): never {
        throw new Error('it was looked at');
      },
    };
    const world = { details: [[other]], listing: [[]] };
    expect((await observeAccount(readsOf(world), 1, never)).otherRoles.size).toBe(1);
  });

  it.each([
    ['text', '2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['a date of the SDK', new Date(5_000), 5_000],
    ['nothing', undefined, undefined],
    ['no date', 'yesterday', undefined],
  ])('takes %s as the time of creation', async (_what, CreateDate, createdAtMs) => {
    const world = { ...small, details: [[{ ...detail('a', ours), CreateDate }]] };
    expect((await observeAccount(readsOf(world), 1, never)).roles).toMatchObject([{ createdAtMs }]);
  });

  it.each([
    ['text', { LastUsedDate: '2026-01-02T03:04:05Z' }, Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['a date of the SDK', { LastUsedDate: new Date(5_000) }, 5_000],
    ['no use', {}, undefined],
    ['nothing', undefined, undefined],
  ])('takes %s as the time of the last use', async (_what, RoleLastUsed, lastUsedAtMs) => {
    const world = { ...small, details: [[{ ...detail('a', ours), RoleLastUsed }]] };
    expect((await observeAccount(readsOf(world), 1, never)).roles).toMatchObject([{ lastUsedAtMs }]);
  });

  const loop: DetailsPage = { IsTruncated: true, Marker: 'm1', RoleDetailList: [] };
  it.each<[string, Partial<BulkReads>, string]>([
    ['a circle of pages', { details: async () => loop }, 'in a circle'],
    [
      'a longer circle',
      { listing: async (at) => ({ Roles: [], IsTruncated: true, Marker: at === 'm1' ? 'm2' : 'm1' }) },
      'in a circle',
    ],
    ['more pages without a marker', { details: async () => ({ ...loop, Marker: undefined }) }, 'no marker'],
    ['more pages with an empty marker', { details: async () => ({ ...loop, Marker: '' }) }, 'no marker'],
    [
      'a page that does not say whether it is the last',
      { details: async () => ({ RoleDetailList: [] }) },
      'without IsTruncated',
    ],
    [
      'a page of details without a list',
      { details: async () => ({ IsTruncated: false, RoleDetailList: undefined }) },
      'without roles',
    ],
    [
      'a page of the listing without a list',
      { listing: async () => ({ IsTruncated: false, Roles: undefined }) },
      'without roles',
    ],
    [
      'a role without a name',
      { details: async () => ({ IsTruncated: false, RoleDetailList: [{ Path: ours }] }) },
      'without name',
    ],
    [
      'a listed role without an id',
      { listing: async () => ({ IsTruncated: false, Roles: [{ RoleName: 'a' }] }) },
      'without name or id',
    ],
    ['no summary', { summary: async () => undefined }, 'no summary'],
    ['no SAML providers', { samlProviders: async () => undefined }, 'no list of providers'],
    ['no OIDC providers', { oidcProviders: async () => undefined }, 'no list of providers'],
    ['a provider without ARN', { samlProviders: async () => [{}] }, 'without ARN'],
  ])('is nothing at all after %s', async (_name, broken, how) => {
    await expect(observeAccount(readsOf(small, broken), 1, never)).rejects.toMatchObject({
      kind: 'transient',
      code: 'BrokenAnswer',
      message: expect.stringContaining(how),
    });
  });

  it.each(['details', 'listing', 'summary', 'samlProviders', 'oidcProviders'] as const)(
    'is nothing at all if %s fails, and ends the other reads',
    async (failing) => {
      let others = 0;
      const hang = (signal: AbortSignal): Promise<never> =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            others += 1;
            reject(signal.reason as Error);
          });
        });
      const reads: BulkReads = {
        details: (_marker, signal) => hang(signal),
        listing: (_marker, signal) => hang(signal),
        summary: hang,
        samlProviders: hang,
        oidcProviders: hang,
        [failing]: async () => {
          await new Promise(setImmediate);
          throw new Error(`${failing} failed`);
        },
      };
      await expect(observeAccount(reads, 1, never)).rejects.toThrow(`${failing} failed`);
      expect(others).toBe(4);
    },
  );

  it('ends the chain where a later page fails', async () => {
    const world = { ...small, details: [[detail('a', ours)], [detail('b', ours)]] };
    const reads = readsOf(world);
    const failing = readsOf(world, {
      details: async (marker, signal) => {
        if (marker !== undefined) throw new Error('second page');
        return reads.details(marker, signal);
      },
    });
    await expect(observeAccount(failing, 1, never)).rejects.toThrow('second page');
  });
});
