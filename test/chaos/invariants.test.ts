// The invariants can be broken: what somebody else writes is taken for a write of the controller, and found.

import { afterEach, describe, expect, it } from 'vitest';
import type { MutableSandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import { tagKeys } from '../../src/domain/role.ts';
import { accountIds, foreignAction, groupIds, personId, personName } from './scene.ts';
import { heal } from './steps/faults.ts';
import { sweepAll } from './steps/time.ts';
import { startTrial } from './start-trial.ts';
import type { Trial } from './trial.ts';

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
