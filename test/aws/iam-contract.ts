// What every `IamPort` does, real or in memory. Each case starts from an account with nothing in it but its providers and
// its boundary.

import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { Account } from '../../src/domain/policy.ts';
import type { IamPort, NewRole } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { type ObservedAccount, type ObservedRole, type RoleHead, rolePath } from '../../src/domain/role.ts';

export interface SeededRole {
  readonly name: string;
  readonly path: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly attachedPolicyArns?: readonly string[];
  /** By name. */
  readonly inlinePolicies?: Readonly<Record<string, string>>;
}

export interface IamHarness {
  readonly account: Account;
  readonly port: IamPort;
  /** ARN and document of a managed policy that is there. */
  readonly managedPolicy: { readonly arn: string; readonly document: string };
  readonly samlProviderArn: string;
  readonly oidcProviderArn: string;
  readonly trustQuotaChars: number;
  /** As someone else would make it. */
  seedRole(role: SeededRole): void;
  /** As somebody who is in the role would. */
  useRole(name: string): Promise<void>;
  /** Reads show the world `ms` ago. */
  setStaleMs(ms: number): void;
  advance(ms: number): void;
  stop(): Promise<void>;
}

const signal = new AbortController().signal;

const valueOf = <T>(reading: Reading<T>): T => {
  if (reading.state === 'present') return reading.value;
  throw new Error(reading.state === 'unreadable' ? reading.problem.message : 'absent');
};

/** IAM gives lists back in any order, and one-element lists as scalars. [reference aws.md §3.4] */
const meaning = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const items = value.map(meaning);
    return items.length === 1 ? items[0] : items.map((item) => JSON.stringify(item)).sort();
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key.toLowerCase(), meaning(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};
const meaningOf = (document: string): unknown => meaning(JSON.parse(document));

export const describeIamContract = (name: string, makeHarness: () => Promise<IamHarness>): void => {
  describe(`IAM as ${name}`, () => {
    let harness: IamHarness;
    let iam: IamPort;
    beforeEach(async () => {
      harness = await makeHarness();
      iam = harness.port;
    });
    afterEach(() => harness.stop());

    const trustFor = (...subjects: string[]): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Members',
            Effect: subjects.length === 0 ? 'Deny' : 'Allow',
            Principal: { Federated: harness.samlProviderArn },
            Action: 'sts:AssumeRoleWithSAML',
            Condition: {
              StringEquals: {
                'saml:aud': 'https://signin.aws.amazon.com/saml',
                ...(subjects.length === 0 ? {} : { 'saml:sub': subjects }),
              },
            },
          },
        ],
      });
    const permissions = (task = '*'): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'ecs:DescribeTasks',
            Resource: `arn:aws:ecs:eu-west-1:111122223333:task/${task}`,
          },
        ],
      });
    const newRole = (change: Partial<NewRole> = {}): NewRole => ({
      name: 'payments-exec',
      trustDocument: trustFor(),
      permissionsBoundary: harness.account.permissionsBoundary,
      tags: { 'rolewarden:instance': 'main', 'rolewarden:policy': 'payments' },
      settings: { description: 'Payments: shell', maxSessionSeconds: 3_600 },
      ...change,
    });
    const create = async (change: Partial<NewRole> = {}): Promise<string> => {
      const role = newRole(change);
      await iam.createRole(role, signal);
      return role.name;
    };
    const observe = async (): Promise<ObservedAccount> => valueOf(await iam.observe(signal));
    const observed = async (role: string): Promise<ObservedRole> => {
      const found = (await observe()).roles.find((each) => each.name === role);
      if (found === undefined) throw new Error(`${role} is not observed`);
      return found;
    };
    const head = async (role: string): Promise<RoleHead> => valueOf(await iam.readRole(role, signal));
    const refusal = (kind: string, code: string) => expect.objectContaining({ name: 'AppError', kind, code });

    describe('creating', () => {
      it('makes the whole role in one call', async () => {
        const name = await create({ trustDocument: trustFor('a', 'b') });
        const role = await observed(name);
        expect(role).toMatchObject({
          name,
          path: rolePath,
          arn: `arn:aws:iam::${harness.account.accountId}:role/rolewarden/${name}`,
          tags: newRole().tags,
          permissionsBoundary: harness.account.permissionsBoundary,
          inlinePolicies: [],
          attachedPolicyArns: [],
          settings: { description: 'Payments: shell', maxSessionSeconds: 3_600 },
        });
        expect(role.roleId).toMatch(/^AROA/);
        expect(meaningOf(role.trustDocument)).toEqual(meaningOf(trustFor('b', 'a')));
      });

      it('shows since when it is', async () => {
        const role = await observed(await create());
        expect(role.createdAtMs).toBeGreaterThan(Date.UTC(2020, 0, 1));
        harness.advance(60_000);
        await create({ name: 'later' });
        expect((await observed('later')).createdAtMs).toBeGreaterThanOrEqual(
          (role.createdAtMs ?? 0) + 59_000,
        );
      });

      it('shows when somebody last used it', async () => {
        const name = await create();
        const { createdAtMs = 0, lastUsedAtMs } = await observed(name);
        expect(lastUsedAtMs).toBeUndefined();
        harness.advance(60_000);
        await harness.useRole(name);
        harness.advance(60_000);
        for (const role of [await observed(name), await head(name)]) {
          expect(role.lastUsedAtMs).toBeGreaterThan(createdAtMs + 58_000);
          expect(role.lastUsedAtMs).toBeLessThan(createdAtMs + 70_000);
        }
      });

      it('shows by itself what the bulk read shows', async () => {
        const name = await create({ trustDocument: trustFor('a') });
        const { inlinePolicies: _inline, attachedPolicyArns: _attached, ...seen } = await observed(name);
        const single = await head(name);
        expect({ ...single, trustDocument: '' }).toEqual({ ...seen, trustDocument: '' });
        expect(meaningOf(single.trustDocument)).toEqual(meaningOf(seen.trustDocument));
      });

      it('refuses a name that is taken, in any case and on any path', async () => {
        await create();
        harness.seedRole({ name: 'Console', path: '/' });
        for (const name of ['payments-exec', 'Payments-Exec', 'console']) {
          await expect(create({ name })).rejects.toEqual(refusal('conflict', 'EntityAlreadyExists'));
        }
      });

      it('gives a role made again another id', async () => {
        const before = (await head(await create())).roleId;
        await iam.deleteRole('payments-exec', signal);
        await create();
        expect((await head('payments-exec')).roleId).not.toBe(before);
      });

      it('takes a boundary for task roles', async () => {
        const [permissionsBoundary = ''] = harness.account.taskRoleBoundaries;
        const name = await create({ permissionsBoundary });
        expect((await observed(name)).permissionsBoundary).toBe(permissionsBoundary);
        await iam.putBoundary(name, harness.account.permissionsBoundary, signal);
        await iam.putBoundary(name, permissionsBoundary, signal);
        expect((await head(name)).permissionsBoundary).toBe(permissionsBoundary);
      });

      it('refuses any boundary but those of the account', async () => {
        const permissionsBoundary = 'arn:aws:iam::aws:policy/AdministratorAccess';
        await expect(create({ permissionsBoundary })).rejects.toEqual(refusal('invalid', 'ForeignBoundary'));
        expect((await observe()).roles).toEqual([]);
      });
    });

    describe('trust', () => {
      it('is replaced as a whole', async () => {
        const name = await create({ trustDocument: trustFor('a', 'b') });
        await iam.updateTrust(name, trustFor('c'), signal);
        expect(meaningOf((await head(name)).trustDocument)).toEqual(meaningOf(trustFor('c')));
        expect(meaningOf((await observed(name)).trustDocument)).toEqual(meaningOf(trustFor('c')));
      });

      it('over the quota is refused and changes nothing', async () => {
        const name = await create({ trustDocument: trustFor('a') });
        const long = trustFor('x'.repeat(harness.trustQuotaChars));
        await expect(iam.updateTrust(name, long, signal)).rejects.toEqual(
          refusal('invalid', 'LimitExceeded'),
        );
        await expect(create({ name: 'another', trustDocument: long })).rejects.toEqual(
          refusal('invalid', 'LimitExceeded'),
        );
        expect(meaningOf((await head(name)).trustDocument)).toEqual(meaningOf(trustFor('a')));
      });

      it.each(['no JSON', '[]'])('that is %j is refused', async (document) => {
        const name = await create();
        await expect(iam.updateTrust(name, document, signal)).rejects.toEqual(
          refusal('invalid', 'MalformedPolicyDocument'),
        );
      });

      it('of a role that is gone is a conflict', async () => {
        await expect(iam.updateTrust('nobody', trustFor('a'), signal)).rejects.toEqual(
          refusal('conflict', 'NoSuchEntity'),
        );
      });
    });

    describe('inline policies', () => {
      it('are put, replaced and shown', async () => {
        const name = await create();
        await iam.putInlinePolicy(name, 'rolewarden-access', permissions('a'), signal);
        await iam.putInlinePolicy(name, 'rolewarden-deny', permissions('d'), signal);
        await iam.putInlinePolicy(name, 'rolewarden-access', permissions('b'), signal);
        const document = valueOf(await iam.readInlinePolicy(name, 'rolewarden-access', signal));
        expect(meaningOf(document)).toEqual(meaningOf(permissions('b')));
        const shown = (await observed(name)).inlinePolicies;
        expect(shown.map((policy) => policy.name).toSorted()).toEqual([
          'rolewarden-access',
          'rolewarden-deny',
        ]);
      });

      it('are one policy whatever the case of the name, and keep its first spelling', async () => {
        const name = await create();
        await iam.putInlinePolicy(name, 'Mixed', permissions('a'), signal);
        await iam.putInlinePolicy(name, 'mixed', permissions('b'), signal);
        const shown = (await observed(name)).inlinePolicies;
        expect(shown.map((policy) => policy.name)).toEqual(['Mixed']);
        expect(meaningOf(shown[0]?.document ?? '')).toEqual(meaningOf(permissions('b')));
      });

      it('are absent when they are not there', async () => {
        const name = await create();
        expect(await iam.readInlinePolicy(name, 'none', signal)).toEqual({ state: 'absent' });
        expect(await iam.readInlinePolicy('nobody', 'none', signal)).toEqual({ state: 'absent' });
      });

      it('are deleted, and deleting what is not there succeeds', async () => {
        const name = await create();
        await iam.putInlinePolicy(name, 'rolewarden-access', permissions(), signal);
        await iam.deleteInlinePolicy(name, 'rolewarden-access', signal);
        await iam.deleteInlinePolicy(name, 'rolewarden-access', signal);
        await iam.deleteInlinePolicy('nobody', 'rolewarden-access', signal);
        expect((await observed(name)).inlinePolicies).toEqual([]);
      });

      it('share one quota', async () => {
        const name = await create();
        await iam.putInlinePolicy(name, 'one', permissions('x'.repeat(6_000)), signal);
        await expect(
          iam.putInlinePolicy(name, 'two', permissions('y'.repeat(6_000)), signal),
        ).rejects.toEqual(refusal('invalid', 'LimitExceeded'));
        await iam.putInlinePolicy(name, 'one', permissions('z'.repeat(9_000)), signal);
      });

      it('of a role that is gone cannot be put', async () => {
        await expect(iam.putInlinePolicy('nobody', 'x', permissions(), signal)).rejects.toEqual(
          refusal('conflict', 'NoSuchEntity'),
        );
      });
    });

    describe('other parts of a role', () => {
      it('detaches a managed policy, and what is not attached', async () => {
        const { arn } = harness.managedPolicy;
        harness.seedRole({ name: 'adopted', path: rolePath, attachedPolicyArns: [arn] });
        expect((await observed('adopted')).attachedPolicyArns).toEqual([arn]);
        await iam.detachPolicy('adopted', arn, signal);
        await iam.detachPolicy('adopted', arn, signal);
        await iam.detachPolicy('nobody', arn, signal);
        expect((await observed('adopted')).attachedPolicyArns).toEqual([]);
      });

      it('updates description and session length together', async () => {
        const name = await create();
        await iam.updateSettings(name, { description: '', maxSessionSeconds: 43_200 }, signal);
        expect((await observed(name)).settings).toEqual({ description: '', maxSessionSeconds: 43_200 });
        await expect(
          iam.updateSettings('nobody', { description: '', maxSessionSeconds: 3_600 }, signal),
        ).rejects.toEqual(refusal('conflict', 'NoSuchEntity'));
      });

      it('adds tags to those that are there', async () => {
        const name = await create();
        await iam.tagRole(name, { 'rolewarden:policy': 'other', 'rolewarden:prune': 'true' }, signal);
        expect((await observed(name)).tags).toEqual({
          'rolewarden:instance': 'main',
          'rolewarden:policy': 'other',
          'rolewarden:prune': 'true',
        });
        await expect(iam.tagRole('nobody', { a: 'b' }, signal)).rejects.toEqual(
          refusal('conflict', 'NoSuchEntity'),
        );
      });

      it('puts the boundary of the account and no other', async () => {
        harness.seedRole({ name: 'adopted', path: rolePath });
        await iam.putBoundary('adopted', harness.account.permissionsBoundary, signal);
        await expect(
          iam.putBoundary('adopted', 'arn:aws:iam::aws:policy/AdministratorAccess', signal),
        ).rejects.toEqual(refusal('invalid', 'ForeignBoundary'));
        expect((await observed('adopted')).permissionsBoundary).toBe(harness.account.permissionsBoundary);
      });
    });

    describe('deleting a role', () => {
      it('waits until nothing is on it, and succeeds when it is gone already', async () => {
        const name = await create();
        await iam.putInlinePolicy(name, 'rolewarden-access', permissions(), signal);
        await expect(iam.deleteRole(name, signal)).rejects.toEqual(refusal('conflict', 'DeleteConflict'));
        await iam.deleteInlinePolicy(name, 'rolewarden-access', signal);
        await iam.deleteRole(name, signal);
        await iam.deleteRole(name, signal);
        expect(await iam.readRole(name, signal)).toEqual({ state: 'absent' });
        expect((await observe()).roles).toEqual([]);
      });

      it('is a conflict while a managed policy is attached', async () => {
        const { arn } = harness.managedPolicy;
        harness.seedRole({ name: 'adopted', path: rolePath, attachedPolicyArns: [arn] });
        await expect(iam.deleteRole('adopted', signal)).rejects.toEqual(
          refusal('conflict', 'DeleteConflict'),
        );
      });
    });

    describe('observing', () => {
      it('sorts roles by name and keeps only the names of others', async () => {
        for (const name of ['b', 'A', 'c']) await create({ name });
        harness.seedRole({ name: 'Console-Admin', path: '/' });
        harness.seedRole({ name: 'rolewarden', path: '/rolewarden-not/' });
        const seen = await observe();
        expect(seen.roles.map((role) => role.name)).toEqual(['A', 'b', 'c']);
        expect(seen.halfSeenRoleNames).toEqual([]);
        const others = [...seen.otherRoles].filter(
          ([name]) => name === 'console-admin' || name === 'rolewarden',
        );
        expect(new Map(others)).toEqual(
          new Map([
            ['console-admin', `arn:aws:iam::${harness.account.accountId}:role/Console-Admin`],
            ['rolewarden', `arn:aws:iam::${harness.account.accountId}:role/rolewarden-not/rolewarden`],
          ]),
        );
      });

      it('brings besides what is asked for, and nothing unasked', async () => {
        const passes = (role: string): string =>
          JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 'ecs:*', Resource: '*' },
              { Effect: 'Allow', Action: 'iam:Pass*', Resource: `arn:aws:iam::*:role/${role}` },
            ],
          });
        const name = await create({ name: 'ours' });
        await iam.putInlinePolicy(name, 'access', passes('x'), signal);
        harness.seedRole({ name: 'pipeline', path: '/', inlinePolicies: { deploy: passes('y') } });
        harness.seedRole({ name: 'web-task', path: '/team/', tags: { team: 'web' } });
        const arn = (resource: string): string =>
          `arn:aws:iam::${harness.account.accountId}:role/${resource}`;

        const plain = await observe();
        expect([plain.askedRoles.size, plain.allows]).toEqual([0, []]);
        const seen = valueOf(
          await iam.observe(signal, {
            roleArns: new Set([arn('team/web-task'), arn('rolewarden/ours'), arn('nobody')]),
            actions: ['iam:PassRole'],
          }),
        );
        expect([...seen.askedRoles]).toMatchObject([
          [
            arn('team/web-task'),
            { name: 'web-task', path: '/team/', tags: { team: 'web' }, settings: undefined },
          ],
        ]);
        expect(seen.allows).toMatchObject([
          {
            roleArn: arn('pipeline'),
            policyName: 'deploy',
            statement: { Resource: 'arn:aws:iam::*:role/y' },
          },
          {
            roleArn: arn('rolewarden/ours'),
            policyName: 'access',
            statement: { Resource: 'arn:aws:iam::*:role/x' },
          },
        ]);
        expect({ ...seen, readAtMs: 0, askedRoles: new Map(), allows: [] }).toMatchObject({
          roles: [{ name: 'ours' }],
          otherRoles: plain.otherRoles,
        });
      });

      it('shows roles elsewhere whole that somebody tagged for sharing', async () => {
        const name = await create({ name: 'ours' });
        harness.seedRole({ name: 'plain', path: '/team/', tags: { team: 'web' } });
        harness.seedRole({
          name: 'legacy',
          path: '/team/',
          tags: { team: 'web', 'rolewarden:adopt': 'main' },
          inlinePolicies: { work: permissions() },
        });
        const seen = await observe();
        expect(seen.roles).toMatchObject([
          {
            name: 'legacy',
            path: '/team/',
            tags: { team: 'web', 'rolewarden:adopt': 'main' },
            inlinePolicies: [{ name: 'work' }],
            settings: undefined,
          },
          { name },
        ]);
        expect(seen.otherRoles.has('legacy')).toBe(true);
        await iam.updateTrust('legacy', trustFor('a'), signal);
        expect((await observe()).roles[0]?.trustDocument).toBe(trustFor('a'));
      });

      it('shows quota and providers', async () => {
        const seen = await observe();
        expect(seen.trustQuotaChars).toBe(harness.trustQuotaChars);
        expect(seen.samlProviderArns).toEqual(new Set([harness.samlProviderArn]));
        expect(seen.oidcProviderArns).toEqual(new Set([harness.oidcProviderArn]));
      });

      it('shows the world as it was while IAM settles', async () => {
        const name = await create({ trustDocument: trustFor('a') });
        harness.advance(60_000);
        harness.setStaleMs(10_000);
        await iam.updateTrust(name, trustFor('b'), signal);
        expect(meaningOf((await observed(name)).trustDocument)).toEqual(meaningOf(trustFor('a')));
        harness.advance(20_000);
        expect(meaningOf((await observed(name)).trustDocument)).toEqual(meaningOf(trustFor('b')));
      });
    });

    it('reads managed policies', async () => {
      const { arn, document } = harness.managedPolicy;
      expect(meaningOf(valueOf(await iam.readManagedPolicy(arn, signal)))).toEqual(meaningOf(document));
      expect(meaningOf(valueOf(await iam.readManagedPolicy(arn, signal)))).toEqual(meaningOf(document));
      expect(await iam.readManagedPolicy(`${arn}-not`, signal)).toEqual({ state: 'absent' });
    });

    it('shows a missing role as absent', async () => {
      expect(await iam.readRole('nobody', signal)).toEqual({ state: 'absent' });
    });

    const eachWrite = (name: string, abort: AbortSignal): Record<string, () => Promise<void>> => ({
      createRole: () => iam.createRole(newRole({ name }), abort),
      updateTrust: () => iam.updateTrust(name, trustFor('a'), abort),
      putInlinePolicy: () => iam.putInlinePolicy(name, 'x', permissions(), abort),
      deleteInlinePolicy: () => iam.deleteInlinePolicy(name, 'x', abort),
      detachPolicy: () => iam.detachPolicy(name, harness.managedPolicy.arn, abort),
      updateSettings: () => iam.updateSettings(name, { description: '', maxSessionSeconds: 3_600 }, abort),
      tagRole: () => iam.tagRole(name, { a: 'b' }, abort),
      putBoundary: () => iam.putBoundary(name, harness.account.permissionsBoundary, abort),
      deleteRole: () => iam.deleteRole(name, abort),
    });

    it('never writes to a name that IAM does not allow', async () => {
      for (const name of ['', 'a b', 'a/b', 'ä', 'x'.repeat(65), 'a\n']) {
        for (const write of Object.values(eachWrite(name, signal))) {
          await expect(write()).rejects.toEqual(refusal('invalid', 'InvalidRoleName'));
        }
      }
    });

    it('never writes an inline policy under a name that IAM does not allow', async () => {
      const name = await create();
      for (const policy of ['', 'a b', 'a/b', 'x'.repeat(129)]) {
        const refused = refusal('invalid', 'InvalidPolicyName');
        await expect(iam.putInlinePolicy(name, policy, permissions(), signal)).rejects.toEqual(refused);
        await expect(iam.deleteInlinePolicy(name, policy, signal)).rejects.toEqual(refused);
      }
    });

    it('does nothing once the signal has aborted, and says why', async () => {
      const stopped = AbortSignal.abort(new Error('stopped'));
      for (const write of Object.values(eachWrite('payments-exec', stopped))) {
        await expect(write()).rejects.toThrow('stopped');
      }
      await expect(iam.observe(stopped)).rejects.toThrow('stopped');
      await expect(iam.readRole('payments-exec', stopped)).rejects.toThrow('stopped');
      await expect(iam.readInlinePolicy('payments-exec', 'x', stopped)).rejects.toThrow('stopped');
      await expect(iam.readManagedPolicy(harness.managedPolicy.arn, stopped)).rejects.toThrow('stopped');
      expect((await observe()).roles).toEqual([]);
    });
  });
};
