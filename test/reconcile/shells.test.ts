// A shell outlives every deny, so that those of people who were put out are ended.

import { beforeEach, describe, expect, it } from 'vitest';
import { createShellMemory, endShells } from '../../src/reconcile/end-shells.ts';
import { AppError } from '../../src/domain/errors.ts';
import { accessPolicy, groupIds, person } from '../builders.ts';
import { type Harness, admittedIn, startHarness } from './harness.ts';

const minute = 60_000;
const roleArn = 'arn:aws:sts::111122223333:assumed-role/payments-debug';
const upn = (n: number): string => `oncall-${n}@contoso.com`;

let harness: Harness;
const begin = async (options: Parameters<typeof startHarness>[0] = {}): Promise<void> => {
  harness = startHarness({ members: [1, 2, 3], ...options });
  await harness.sweep();
  harness.clock.advance(minute);
};
beforeEach(async () => {
  await begin();
});

const shell = (name: string, role = roleArn) => harness.shells.open({ ownerArn: `${role}/${name}` });
const open = (): readonly string[] =>
  harness.shells.shells().map(({ ownerArn }) => ownerArn.split('/').at(-1) ?? '');
const leave = (n: number): void => {
  harness.directory.removeMember(groupIds.oncall, person(n).id);
};
const lists = (): number => harness.shells.calls.filter(({ operation }) => operation === 'list').length;

describe('the shells of a leaver', () => {
  it.each([
    ['her user principal name', upn(3)],
    ['in another case', upn(3).toUpperCase()],
    ['her object id', person(3).id],
  ])('named by %s are ended, those of colleagues are not', async (_, name) => {
    shell(name);
    shell(upn(1));
    shell(upn(3), 'arn:aws:sts::111122223333:assumed-role/other-role');
    leave(3);
    const report = await harness.sweep();
    expect([open(), admittedIn(harness)]).toEqual([
      [upn(1), upn(3)],
      [1, 2],
    ]);
    expect(report.shells.ended.map(({ result, sub, roleName }) => [result, sub, roleName])).toEqual([
      ['done', person(3).id, 'payments-debug'],
    ]);
  });

  it('that open while the deny spreads are ended by the next sweeps, and then nobody asks any more', async () => {
    leave(3);
    await harness.sweep();
    harness.clock.advance(2 * minute);
    shell(upn(3));
    await harness.sweep();
    expect(open()).toEqual([]);
    harness.clock.advance(5 * minute);
    await harness.sweep();
    const before = lists();
    await harness.sweep();
    expect(lists()).toBe(before);
  });

  it('are looked for again after a restart', async () => {
    leave(3);
    await harness.sweep();
    harness.clock.advance(10 * minute);
    await harness.sweep();
    shell(person(3).id);
    harness.restart();
    await harness.sweep();
    expect(open()).toEqual([]);
  });

  it('that do not end are said, and tried again soon', async () => {
    shell(upn(3));
    leave(3);
    const work = harness.shells.ignoreEnds();
    const report = await harness.sweep();
    expect([report.result, report.shells.ended.map(({ result }) => result)]).toEqual([
      'incomplete',
      ['failed'],
    ]);
    work();
    expect((await harness.sweep()).result).toBe('ok');
    expect(open()).toEqual([]);
  });

  it('that cannot be listed for want of a permission are said, and nothing is tried in a hurry', async () => {
    leave(3);
    harness.shells.failNext('list', new AppError('denied', 'grant ssm:DescribeSessions'));
    const report = await harness.sweep();
    expect([report.result, report.message]).toEqual([
      'ok',
      'open shells of people who were put out could not be listed: grant ssm:DescribeSessions',
    ]);
  });

  it('whoever they belong to, are counted if nobody can tell', async () => {
    shell('somebody');
    leave(3);
    expect((await harness.sweep()).shells.unattributed).toBe(1);
    expect(open()).toEqual(['somebody']);
  });

  it('take the task along where the policy says so', async () => {
    await begin({ policies: [accessPolicy({ afterRevoke: 'stopTask' })], ecsWrites: true });
    shell(upn(3));
    leave(3);
    await harness.sweep();
    expect(harness.shells.stoppedTasks.map(({ reason }) => reason)).toEqual([
      `Rolewarden: ${person(3).id} lost access to role payments-debug`,
    ]);
  });
});

it('who was let in again keeps the shells that she opened since', async () => {
  leave(3);
  await harness.sweep();
  shell(upn(3));
  harness.clock.advance(11 * minute);
  harness.directory.addMember(groupIds.oncall, person(3).id);
  harness.restart();
  await harness.sweep();
  harness.clock.advance(minute);
  const later = shell(upn(3));
  await harness.sweep();
  expect(harness.shells.shells().map(({ id }) => id)).toEqual([later.id]);
});

it('as long as nobody is out, nobody asks for shells', async () => {
  harness.directory.addMember(groupIds.oncall, person(4).id);
  await harness.sweep();
  expect(lists()).toBe(0);
});

it('names are looked up only of those whose shells may be open', async () => {
  leave(3);
  await harness.sweep();
  const { plan } = await harness.sweep();
  const asked: string[] = [];
  const shellMemory = createShellMemory();
  const { signal } = new AbortController();
  const look = async (atMs: number): Promise<number> => {
    asked.length = 0;
    const namesOf = (sub: string): readonly string[] => {
      asked.push(sub);
      return [];
    };
    const clock = { now: () => atMs };
    const { shells } = harness;
    await endShells(plan, [], {
      shells,
      shellMemory,
      clock,
      namesOf,
      signal,
      stopping: signal,
    });
    return asked.length;
  };
  const later = harness.clock.now() + 10 * minute;
  expect([await look(later), await look(later)]).toEqual([1, 0]);
});
