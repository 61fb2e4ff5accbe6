// The invariants can be broken: what somebody else writes is taken for a write of the controller, and found.

import { afterEach, describe, expect, it } from 'vitest';
import type { MutableSandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import { tagKeys } from '../../src/domain/role.ts';
import { uuid } from '../builders.ts';
import { accountIds, audience, foreignAction, groupIds, personId, personName } from './scene.ts';
import { heal } from './steps/faults.ts';
import { sweepAll } from './steps/time.ts';
import { startTrial } from './start-trial.ts';
import type { Clouds } from './clouds.ts';
import type { Trial } from './trial.ts';
import { firstWill, type PolicyWill, type Will } from './will.ts';

let trial: Trial;
afterEach(async () => {
  await trial.end();
});

const roleName = 'payments-role';
const allowing = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const swap = (role: MutableSandboxRole, one: string, other: string): void => {
  role.trustDocument = role.trustDocument.replaceAll(one, other);
};

interface Case {
  readonly what: string;
  readonly prepare?: (role: MutableSandboxRole) => void;
  readonly write: (role: MutableSandboxRole) => void;
  readonly found: string;
}

const cases: readonly Case[] = [
  {
    what: 'a stranger in the place of a member',
    write: (role) => {
      swap(role, personId(3), personId(8));
    },
    found: `gives ${personName(personId(8))} sts:AssumeRoleWithSAML`,
  },
  {
    what: 'a member left out',
    write: (role) => {
      swap(role, `"${personId(1)}",`, '');
    },
    found: 'puts person 1 out',
  },
  {
    what: 'an action of no policy',
    write: (role) => {
      role.inlinePolicies['rolewarden-access'] = allowing(foreignAction);
    },
    found: `gives person 1 ${foreignAction}`,
  },
  {
    what: "somebody's Deny left out",
    prepare: (role) => {
      role.inlinePolicies['brake'] = allowing('s3:*').replace('Allow', 'Deny');
    },
    write: (role) => {
      delete role.inlinePolicies['brake'];
    },
    found: 'takes away brake',
  },
  {
    what: 'a role without our tag',
    prepare: (role) => {
      delete role.tags[tagKeys.instance];
    },
    write: (role) => {
      role.tags['team'] = 'payments';
    },
    found: 'is made to a role that is not ours',
  },
  { what: 'the same once more', write: () => undefined, found: 'writes what is there' },
];

describe('a write that must not be', () => {
  it.each(cases)('$what', async ({ prepare, write, found }) => {
    trial = await startTrial({ seed: 1 });
    const edit = (change: (role: MutableSandboxRole) => void): void => {
      trial.clouds.aws.editRole(accountIds.dev, roleName, change);
    };
    if (prepare !== undefined) trial.byHand(() => edit(prepare));
    await trial.timeline.pass(400_000);
    await sweepAll(trial);
    trial.check();
    edit(write);
    expect(() => trial.check()).toThrow(found);
  });
});

describe('words in Git that hold until a date', () => {
  const begin = async (change: (will: Will) => Will): Promise<void> => {
    trial = await startTrial({ seed: 1 });
    trial.git.commit(change(trial.git.will()));
    await trial.timeline.pass(70_000);
    await sweepAll(trial);
    trial.check();
  };
  const payments = (will: Will, change: Partial<PolicyWill>): Will => ({
    ...will,
    policies: { ...will.policies, payments: { ...will.policies.payments, ...change } },
  });

  it.each<[string, Partial<PolicyWill>, (entra: Clouds['entra']) => void]>([
    [
      'the policy',
      { expiresAtMs: Date.UTC(2026, 0, 1, 6) },
      (entra) => entra.addMember(groupIds.oncall, personId(4)),
    ],
    [
      'her duty',
      { groups: [...firstWill.policies.payments.groups, { name: 'duty', nested: false }] },
      (entra) => void entra.activate(personId(4), groupIds.duty, { durationMs: 3_600_000 }),
    ],
  ])('whoever comes without the end of %s is found', async (_, change, come) => {
    await begin((will) => payments(will, change));
    come(trial.clouds.entra);
    trial.model.look();
    trial.clouds.aws.editRole(accountIds.dev, roleName, (role) => {
      const document = JSON.parse(role.trustDocument) as { Statement: object[] };
      const endless = JSON.stringify({
        ...document.Statement[0],
        Condition: { StringEquals: { 'saml:aud': audience, 'saml:sub': personId(4) } },
      });
      document.Statement.push(JSON.parse(endless) as object);
      role.trustDocument = JSON.stringify(document);
    });
    expect(() => trial.check()).toThrow('lets person 4 in for longer than she may');
  });

  it.each([
    ['a policy that is suspended', (will: Will) => payments(will, { suspend: true })],
    ['a policy that only observes', (will: Will) => payments(will, { mode: 'observe' })],
    ['any policy', (will: Will) => will],
  ])('whoever is locked out and stays in a role of %s is found', async (_, change) => {
    await begin(change);
    trial.clouds.aws.addFault({
      service: 'iam',
      operation: 'UpdateAssumeRolePolicy',
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const untilMs = Date.UTC(2026, 0, 2);
    trial.git.commit({ ...trial.git.will(), lockouts: [{ person: 1, untilMs }] });
    await trial.timeline.pass(70_000);
    expect(() => trial.check()).toThrow('person 1 may still enter payments-role');
  });

  it('whoever goes with many others, of whom nobody said so, is found', async () => {
    await begin((will) => will);
    for (const n of [4, 5, 6, 7])
      for (const group of ['developers', 'platform'] as const)
        trial.clouds.entra.removeMember(groupIds[group], personId(n));
    trial.model.look();
    await trial.timeline.pass(150_000);
    await sweepAll(trial);
    trial.check();
    trial.clouds.aws.editRole(accountIds.dev, 'platform-role', (role) => {
      for (const n of [4, 5, 6, 7]) swap(role, personId(n), uuid('f', n));
    });
    expect(() => trial.check()).toThrow('puts 4 people out, and nobody said that this is meant');
  });
});

describe('a sweep that forgets a leaver', () => {
  it('is found at its end', async () => {
    trial = await startTrial({ seed: 1 });
    trial.clouds.entra.updateUser(personId(1), { accountEnabled: false });
    trial.clouds.entra.removeMember(groupIds.oncall, personId(1));
    trial.model.look();
    heal(trial);
    await trial.timeline.pass(5_000);
    // Nobody has polled since, so this sweep may not know her; the next one must.
    await sweepAll(trial);
    trial.check();
    trial.clouds.aws.addFault({
      service: 'iam',
      operation: 'UpdateAssumeRolePolicy',
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    await trial.timeline.pass(70_000);
    expect(() => trial.check()).toThrow('person 1 may still enter payments-role');
  });
});
