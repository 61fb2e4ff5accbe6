import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { rolePath } from '../../src/domain/role.ts';
import { testAccount } from './accounts.ts';
import { describeIamContract } from './iam-contract.ts';
import { inMemoryIam } from './in-memory-iam.ts';
import { manualClock } from './manual-clock.ts';

const signal = new AbortController().signal;
const account = testAccount();

describeIamContract('in memory', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const samlProviderArn = 'arn:aws:iam::111122223333:saml-provider/EntraID';
  const oidcProviderArn = 'arn:aws:iam::111122223333:oidc-provider/sts.windows.net/t/';
  const managedPolicy = { arn: account.permissionsBoundary, document: '{"Version":"2012-10-17"}' };
  const port = inMemoryIam({
    account,
    clock,
    samlProviderArns: [samlProviderArn],
    oidcProviderArns: [oidcProviderArn],
    managedPolicies: { [managedPolicy.arn]: managedPolicy.document },
  });
  return {
    account,
    port,
    managedPolicy,
    samlProviderArn,
    oidcProviderArn,
    trustQuotaChars: 2_048,
    seedRole: ({ inlinePolicies = {}, ...role }) =>
      void port.seedRole({
        ...role,
        inlinePolicies: Object.entries(inlinePolicies).map(([name, document]) => ({ name, document })),
      }),
    useRole: async (name) => port.editRole(name, { lastUsedAtMs: clock.now() }),
    setStaleMs: (ms) => port.setStaleMs(ms),
    advance: (ms) => clock.advance(ms),
    stop: async () => {},
  };
});

describe('the in-memory IAM for tests', () => {
  const problem = new AppError('transient', 'throttled', { code: 'Throttling' });

  it('fails the next calls as told, reads and writes, and then works again', async () => {
    const iam = inMemoryIam({ account });
    iam.seedRole({ name: 'a' });
    iam.failNext('observe', problem);
    iam.failNext('updateTrust', problem, { times: 2 });
    expect(await iam.observe(signal)).toEqual({ state: 'unreadable', problem });
    expect((await iam.observe(signal)).state).toBe('present');
    await expect(iam.updateTrust('a', '{}', signal)).rejects.toBe(problem);
    await expect(iam.updateTrust('a', '{}', signal)).rejects.toBe(problem);
    await iam.updateTrust('a', '{}', signal);
    expect(iam.roles.get('a')?.trustDocument).toBe('{}');
  });

  it('can do the work and lose the answer', async () => {
    const iam = inMemoryIam({ account });
    iam.seedRole({ name: 'a' });
    iam.failNext('updateTrust', problem, { applied: true });
    await expect(iam.updateTrust('a', '{}', signal)).rejects.toBe(problem);
    expect(iam.roles.get('a')?.trustDocument).toBe('{}');
  });

  it('tells of every change, in order, and lets a listener crash the writer', async () => {
    const iam = inMemoryIam({ account });
    iam.seedRole({ name: 'a' });
    const seen: string[] = [];
    const stop = iam.onWrite((call) => {
      seen.push(`${call.operation} ${call.resource}`);
      if (call.operation === 'tagRole') throw new Error('kill -9');
    });
    await iam.updateTrust('a', '{}', signal);
    await iam.deleteInlinePolicy('a', 'not-there', signal);
    await expect(iam.tagRole('a', { k: 'v' }, signal)).rejects.toThrow('kill -9');
    expect(iam.roles.get('a')?.tags).toEqual({ k: 'v' });
    stop();
    await iam.tagRole('a', { k: 'w' }, signal);
    expect(seen).toEqual(['updateTrust a', 'tagRole a']);
    expect(iam.calls.map((call) => call.operation)).toEqual([
      'updateTrust',
      'deleteInlinePolicy',
      'tagRole',
      'tagRole',
    ]);
  });

  it('shows an edit at the console, and stale reads of single roles and creations', async () => {
    const clock = manualClock(1_000_000);
    const iam = inMemoryIam({ account, clock });
    iam.seedRole({ name: 'a', path: rolePath });
    iam.setStaleMs(1_000);
    iam.editRole('a', { trustDocument: '{"edited":true}' });
    iam.editRole('a', { trustDocument: '{"edited":"twice"}' });
    iam.seedRole({ name: 'b' });
    expect(await iam.readRole('a', signal)).not.toMatchObject({
      value: { trustDocument: '{"edited":"twice"}' },
    });
    expect((await iam.readRole('b', signal)).state).toBe('absent');
    clock.advance(1_000);
    expect(await iam.readRole('a', signal)).toMatchObject({ value: { trustDocument: '{"edited":"twice"}' } });
    expect((await iam.readRole('b', signal)).state).toBe('present');
  });
});
