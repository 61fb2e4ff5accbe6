// Out means out: whoever leaves loses the sessions that she has, in an order that forgets nobody when something fails.

import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { denyPolicyName } from '../../src/domain/role.ts';
import {
  controllerConfig,
  federation,
  groupIds,
  person,
  policySet,
  samlAudience,
  samlFederation,
  samlProvider,
} from '../builders.ts';
import { present } from '../../src/domain/reading.ts';
import { type Harness, admittedIn, isDenied, startHarness, userOf, writesOf } from './harness.ts';

const role = 'payments-debug';
const minute = 60_000;
const hour = 60 * minute;

let harness: Harness;
let signedInAtMs: number;
beforeEach(async () => {
  harness = startHarness({ members: [1, 2, 3] });
  await harness.sweep();
  harness.clock.advance(hour);
  signedInAtMs = harness.clock.now() - minute;
  harness.iam.calls.length = 0;
});

const leave = (n: number): void => {
  harness.directory.removeMember(groupIds.oncall, person(n).id);
};
const join = (n: number): void => {
  harness.directory.addMember(groupIds.oncall, person(n).id);
};
const denied = (n: number, issuedAtMs = signedInAtMs): boolean => isDenied(harness, n, issuedAtMs);
const denyDocument = (): string | undefined =>
  harness.iam.roles.get(role)?.inlinePolicies.find(({ name }) => name === denyPolicyName)?.document;

const brake = { Effect: 'Deny', Action: 's3:*', Resource: '*' };
const edit = (document: string): void => {
  const others = (harness.iam.roles.get(role)?.inlinePolicies ?? []).filter(
    ({ name }) => name !== denyPolicyName,
  );
  harness.iam.editRole(role, { inlinePolicies: [...others, { name: denyPolicyName, document }] });
};

describe('a leaver', () => {
  it('is denied, then leaves the trust policy, in two writes', async () => {
    leave(3);
    await harness.sweep();
    expect(writesOf(harness)).toEqual(['putInlinePolicy', 'updateTrust']);
    expect([admittedIn(harness), [1, 2, 3].map((n) => denied(n))]).toEqual([
      [1, 2],
      [false, false, true],
    ]);
  });

  it('and the next sweep has nothing to do', async () => {
    leave(3);
    await harness.sweep();
    harness.iam.calls.length = 0;
    const report = await harness.sweep();
    expect([report.plan.roles[0]?.state, writesOf(harness)]).toEqual(['inSync', []]);
  });

  it('is forgotten after a day and a quarter of an hour, and the policy goes', async () => {
    leave(3);
    await harness.sweep();
    harness.clock.advance(24 * hour + 30 * minute);
    harness.iam.calls.length = 0;
    await harness.sweep();
    expect([writesOf(harness), denyDocument()]).toEqual([['deleteInlinePolicy'], undefined]);
  });

  it('who was added by hand is denied as well', async () => {
    const { trustDocument } = harness.iam.roles.get(role) ?? { trustDocument: '' };
    harness.iam.editRole(role, {
      trustDocument: trustDocument.replace(person(1).id, `${person(1).id}","${person(9).id}`),
    });
    await harness.sweep();
    expect([admittedIn(harness), denied(9), denied(1)]).toEqual([[1, 2, 3], true, false]);
  });

  it('who is no person makes everyone sign in again', async () => {
    const { trustDocument } = harness.iam.roles.get(role) ?? { trustDocument: '' };
    const document = JSON.parse(trustDocument) as { Statement: unknown[] };
    document.Statement.push({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999988887777:root' },
      Action: 'sts:AssumeRole',
    });
    harness.iam.editRole(role, { trustDocument: JSON.stringify(document) });
    const report = await harness.sweep();
    expect([denied(1), denied(1, harness.clock.now() + 3 * minute)]).toEqual([true, false]);
    expect(report.plan.roles[0]?.warnings.join()).toContain('signs in again');
  });

  it('in another audience than hers keeps her sessions', async () => {
    const { trustDocument } = harness.iam.roles.get(role) ?? { trustDocument: '' };
    const document = JSON.parse(trustDocument) as { Statement: unknown[] };
    document.Statement.push({
      Effect: 'Allow',
      Principal: { Federated: samlProvider },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: { StringEquals: { 'saml:aud': `${samlAudience}x`, 'saml:sub': person(1).id } },
    });
    harness.iam.editRole(role, { trustDocument: JSON.stringify(document) });
    await harness.sweep();
    expect([writesOf(harness), denied(1)]).toEqual([['updateTrust'], false]);
  });
});

it('who was let in by a write whose answer was lost, and leaves before IAM shows it, is denied', async () => {
  harness.iam.setStaleMs(2 * minute);
  join(4);
  const lost = new AppError('transient', 'the connection was lost');
  harness.iam.failNext('updateTrust', lost, { applied: true });
  await harness.sweep();
  expect([admittedIn(harness), denied(4)]).toEqual([[1, 2, 3, 4], false]);
  leave(4);
  join(5);
  await harness.sweep();
  expect([admittedIn(harness), denied(4)]).toEqual([[1, 2, 3, 5], true]);
});

describe('who comes back', () => {
  beforeEach(async () => {
    leave(3);
    await harness.sweep();
  });

  it('within ten minutes, waits: the read may be an old one', async () => {
    join(3);
    harness.clock.advance(5 * minute);
    const report = await harness.sweep();
    expect(report.plan.roles[0]?.held.map(({ hold }) => hold.reason)).toEqual(['recentlyOut']);
    expect(admittedIn(harness)).toEqual([1, 2]);
    expect(report.plan.wakeAtMs).toBeDefined();
  });

  it('without any delay, comes back within the same minute', async () => {
    const config = controllerConfig();
    harness = startHarness({
      members: [1, 2, 3],
      config: { ...config, safety: { ...config.safety, reentryDelayMs: 0 } },
    });
    await harness.sweep();
    harness.clock.advance(1_000);
    leave(3);
    await harness.sweep();
    join(3);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('later, is let through first and then in; her old session stays denied', async () => {
    join(3);
    harness.clock.advance(11 * minute);
    harness.iam.calls.length = 0;
    await harness.sweep();
    expect(writesOf(harness)).toEqual(['putInlinePolicy', 'updateTrust']);
    expect([admittedIn(harness), denied(3), denied(3, harness.clock.now() + 1_000)]).toEqual([
      [1, 2, 3],
      true,
      false,
    ]);
  });

  it('stays out of the trust policy as long as she cannot be let through', async () => {
    join(3);
    harness.clock.advance(11 * minute);
    harness.iam.failNext('putInlinePolicy', new AppError('transient', 'rate exceeded'));
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2]);
    await harness.sweep();
    expect([admittedIn(harness), denied(3, harness.clock.now() + 1_000)]).toEqual([[1, 2, 3], false]);
  });
});

describe('when the deny does not go through', () => {
  it('by chance, the trust policy is not narrowed, since nothing else names her; the next sweep does both', async () => {
    leave(3);
    harness.iam.failNext('putInlinePolicy', new AppError('transient', 'rate exceeded'));
    const report = await harness.sweep();
    expect([report.result, admittedIn(harness), denied(3)]).toEqual(['incomplete', [1, 2, 3], false]);
    await harness.sweep();
    expect([admittedIn(harness), denied(3)]).toEqual([[1, 2], true]);
  });

  it('for a reason that only a person can remove, entry is closed at least, and newcomers wait', async () => {
    leave(3);
    join(4);
    harness.iam.failNext('putInlinePolicy', new AppError('denied', 'not allowed'), { times: 9 });
    const report = await harness.sweep();
    expect([report.result, report.errorKind, admittedIn(harness)]).toEqual(['incomplete', 'denied', [1, 2]]);
  });

  it('because the role could not be looked at, both are tried again', async () => {
    leave(3);
    harness.iam.failNext('readRole', new AppError('denied', 'not allowed'));
    await harness.sweep();
    expect([admittedIn(harness), denied(3)]).toEqual([[1, 2, 3], false]);
    await harness.sweep();
    expect([admittedIn(harness), denied(3)]).toEqual([[1, 2], true]);
  });

  it('because its answer was lost, it is written once more or seen, and nobody is forgotten', async () => {
    leave(3);
    harness.iam.failNext('putInlinePolicy', new AppError('transient', 'connection reset'), { applied: true });
    await harness.sweep();
    expect([admittedIn(harness), denied(3)]).toEqual([[1, 2, 3], true]);
    await harness.sweep();
    expect([admittedIn(harness), denied(3)]).toEqual([[1, 2], true]);
  });

  it('somebody else writes another at once, it is planned again before the trust policy is touched', async () => {
    leave(3);
    const stop = harness.iam.onWrite(({ operation }) => {
      if (operation !== 'putInlinePolicy') return;
      stop();
      edit(JSON.stringify({ Version: '2012-10-17', Statement: [brake] }));
    });
    await harness.sweep();
    expect([admittedIn(harness), denied(3)]).toEqual([[1, 2, 3], false]);
    await harness.sweep();
    expect([admittedIn(harness), denied(3), denyDocument()?.includes('"s3:*"')]).toEqual([
      [1, 2],
      true,
      true,
    ]);
  });
});

describe('what stands in the denies already', () => {
  it('of somebody else is kept, and said', async () => {
    edit(JSON.stringify({ Version: '2012-10-17', Statement: [brake] }));
    leave(3);
    const report = await harness.sweep();
    expect([denied(3), denyDocument()?.includes('"s3:*"')]).toEqual([true, true]);
    expect(report.plan.roles[0]?.warnings.join()).toContain('1 Deny statement(s) that are not ours');
  });

  it('and cannot be read, keeps nobody inside: entry is closed, and it is said what to do', async () => {
    edit('{"Version":"2012-10-17","Statement":[],"Strange":1}');
    leave(3);
    const report = await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2]);
    expect(report.plan.roles[0]?.warnings.join()).toContain('correct or remove it by hand');
  });
});

it('a crash between deny and trust policy forgets nobody', async () => {
  leave(3);
  const stop = harness.iam.onWrite(({ operation }) => {
    if (operation !== 'putInlinePolicy') return;
    stop();
    throw new Error('killed');
  });
  await harness.sweep();
  harness.restart();
  await harness.sweep();
  expect([admittedIn(harness), denied(3)]).toEqual([[1, 2], true]);
});

it('a drip of removals is one removal to the breaker', async () => {
  harness = startHarness({ members: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  await harness.sweep();
  for (const n of [1, 2, 3]) {
    harness.clock.advance(10 * minute);
    leave(n);
    await harness.sweep();
  }
  expect(admittedIn(harness)).toEqual([4, 5, 6, 7, 8, 9, 10]);
  leave(4);
  harness.restart();
  const report = await harness.sweep();
  expect(report.plan.roles[0]?.held.map(({ hold }) => hold.reason)).toEqual(['breaker']);
  expect(report.plan.roles[0]?.held[0]?.hold.message).toContain('after 3 in the last hour');
  harness.clock.advance(hour);
  await harness.sweep();
  expect(admittedIn(harness)).toEqual([5, 6, 7, 8, 9, 10]);
});

describe('somebody who rewrites the trust policy again and again', () => {
  const rewrite = (without: number, also?: number): void => {
    const { trustDocument } = harness.iam.roles.get(role) ?? { trustDocument: '' };
    const kept = trustDocument.replace(`"${person(without).id}",`, '');
    harness.iam.editRole(role, {
      trustDocument:
        also === undefined ? kept : kept.replace(person(2).id, `${person(2).id}","${person(also).id}`),
    });
  };

  it('is repaired at once, and from the third time on ever less often', async () => {
    const repaired: number[] = [];
    for (let minutes = 0; minutes < 180; minutes += 1) {
      if (admittedIn(harness).includes(1)) rewrite(1);
      harness.clock.advance(minute + 1);
      await harness.sweep();
      if (admittedIn(harness).includes(1)) repaired.push(minutes);
    }
    expect(repaired.slice(0, 3)).toEqual([0, 1, 7]);
    expect(repaired.length).toBeLessThan(20);
  });

  it('gets nobody in by it: whoever was added is put out at once, and denied', async () => {
    for (let times = 0; times < 6; times += 1) {
      rewrite(1, 9);
      harness.clock.advance(minute + 1);
      await harness.sweep();
      expect([admittedIn(harness).includes(9), denied(9)]).toEqual([false, true]);
    }
    const report = await harness.sweep();
    expect(report.plan.roles[0]?.held.map(({ hold }) => hold.reason)).toContain('contested');
  });

  it('and stops, is forgotten after an hour', async () => {
    for (let times = 0; times < 5; times += 1) {
      rewrite(1);
      harness.clock.advance(minute + 1);
      await harness.sweep();
    }
    expect(admittedIn(harness)).toEqual([2, 3]);
    harness.clock.advance(hour);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });

  it('and stops, is forgotten after an hour by any clock', async () => {
    for (let times = 0; times < 5; times += 1) {
      rewrite(1);
      harness.clock.advance(minute + 1);
      await harness.sweep();
    }
    harness.clock.advance(-2 * hour);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([2, 3]);
    harness.clock.advance(hour);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2, 3]);
  });
});

describe('names that are used again', () => {
  it('a user deleted and made anew under the same name is another person: out and in by object id', async () => {
    harness.directory.deleteUser(person(3).id);
    harness.directory.addUser({
      ...userOf(19),
      id: person(30).id,
      userPrincipalName: 'oncall-3@contoso.com',
    });
    harness.directory.addMember(groupIds.oncall, person(30).id);
    await harness.sweep();
    const { trustDocument } = harness.iam.roles.get(role) ?? { trustDocument: '' };
    expect([trustDocument.includes(person(3).id), trustDocument.includes(person(30).id)]).toEqual([
      false,
      true,
    ]);
    expect([denied(3), isDenied(harness, 30, signedInAtMs)]).toEqual([true, false]);
  });

  it('a person renamed, where names are what counts, is out by the old name and in by the new one', async () => {
    const byName = federation({ saml: samlFederation({ nameId: 'userPrincipalName' }) });
    harness = startHarness({ members: [1, 2, 3] });
    harness.setPolicies(present(policySet({ federations: [byName] })));
    await harness.sweep();
    harness.directory.updateUser(person(3).id, { userPrincipalName: 'renamed@contoso.com' });
    await harness.sweep();
    const { trustDocument } = harness.iam.roles.get(role) ?? { trustDocument: '' };
    expect(trustDocument).toContain('renamed@contoso.com');
    expect(trustDocument).not.toContain('oncall-3@contoso.com');
    expect(denyDocument()).toContain('oncall-3@contoso.com');
  });
});
