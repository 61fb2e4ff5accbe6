// What a delta of groups tells, and what becomes of old tokens. [entra.md §3.1, §11]

import type { GraphAnswer } from '../../entra/entra-side.ts';
import { at, listOf, textOf } from '../../entra/json.ts';
import {
  addMember,
  makeApplication,
  makeGroup,
  makeServicePrincipal,
  makeUser,
  succeeded,
} from '../../entra/make.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  reported,
  untold,
} from '../../experiment.ts';
import { secondsOf, until } from '../../patience.ts';

interface Round {
  /** Members that the pages named, by id; whether they were told as removed. */
  readonly removed: ReadonlyMap<string, boolean>;
  readonly link: string;
}

/** All pages of a round. */
const readRound = async ({ entra }: Context, path: string): Promise<Round> => {
  const removed = new Map<string, boolean>();
  for (let next = path; ; ) {
    const { body } = succeeded('reading a delta', await entra.graph('GET', next));
    for (const group of listOf(body, 'value'))
      for (const member of listOf(group, 'members@delta'))
        removed.set(textOf(member, 'id'), at(member, '@removed') !== undefined);
    next = textOf(body, '@odata.nextLink');
    if (next === '') return { removed, link: textOf(body, '@odata.deltaLink') };
  }
};

const pathOf = (groupId: string): string =>
  `/groups/delta?$select=id,members&$filter=${encodeURIComponent(`id eq '${groupId}'`)}`;

/** Rounds until one of them tells of the member, or for five minutes. */
const toldOf = async (context: Context, start: string, memberId: string, isRemoved: boolean) => {
  let link = start;
  const ask = async (): Promise<boolean> => {
    const round = await readRound(context, link);
    link = round.link;
    return round.removed.get(memberId) === isRemoved;
  };
  const { isDone, tookMs } = await until(context.patience, ask, Boolean, { everyMs: 10_000 });
  return { isDone, tookMs, link };
};

/** A new group with this member, and the delta from after she was told of. */
const groupWith = async (context: Context, memberId: string) => {
  const group = await makeGroup(context, 'group');
  const start = await readRound(context, pathOf(group.id));
  await addMember(context, group.id, memberId);
  return await toldOf(context, start.link, memberId, false);
};

const deleteMember = async (context: Context): Promise<Observed> => {
  const { entra } = context;
  const user = await makeUser(context, 'user');
  const joined = await groupWith(context, user.id);
  if (!joined.isDone) return untold('that she joined was not told in the delta');
  succeeded('deleting the user', await entra.graph('DELETE', `/users/${user.id}`));
  const told = await toldOf(context, joined.link, user.id, true);
  const what = told.isDone
    ? `told as removed ${secondsOf(told.tookMs)} after her deletion`
    : `not told in ${secondsOf(told.tookMs)}`;
  return told.isDone ? differs(what) : asExpected(what);
};

const principalIn = async (context: Context): Promise<string> => {
  const application = await makeApplication(context, 'workload');
  return (await makeServicePrincipal(context, application)).id;
};

const joinPrincipal = async (context: Context): Promise<Observed> => {
  const { isDone, tookMs } = await groupWith(context, await principalIn(context));
  return isDone ? asExpected(`told after ${secondsOf(tookMs)}`) : differs(`not told in ${secondsOf(tookMs)}`);
};

const listPrincipal = async (context: Context): Promise<Observed> => {
  const { entra } = context;
  const principal = await principalIn(context);
  const user = await makeUser(context, 'user');
  const group = await makeGroup(context, 'group');
  await addMember(context, group.id, principal);
  // She comes later: once she is listed, the other would be too.
  await addMember(context, group.id, user.id);
  const list = async (reach: string): Promise<readonly string[]> => {
    const answer = await entra.graph('GET', `/groups/${group.id}/${reach}?$select=id`);
    return listOf(succeeded(`reading ${reach}`, answer).body, 'value').map((one) => textOf(one, 'id'));
  };
  const seen = await until(
    context.patience,
    () => list('members'),
    (ids) => ids.includes(user.id),
  );
  if (!seen.isDone) return untold('the user who was added after it is not listed either');
  const nested = await until(
    context.patience,
    () => list('transitiveMembers'),
    (ids) => ids.includes(user.id),
  );
  const say = (ids: readonly string[]): string => (ids.includes(principal) ? 'listed' : 'not listed');
  const what = `members: ${say(seen.last)}; transitiveMembers: ${say(nested.last)}`;
  return seen.last.includes(principal) ? differs(what) : asExpected(what);
};

const shown = ({ status, code, message, headers }: GraphAnswer): string =>
  `${status} ${code}: ${message}${headers.has('location') ? `, Location ${headers.get('location')}` : ''}`;

const brokenToken = async ({ entra }: Context): Promise<Observed> =>
  reported(shown(await entra.graph('GET', '/groups/delta?$deltatoken=conformance')));

const variable = 'ROLEWARDEN_CONFORMANCE_DELTA_LINK';

const oldToken = async ({ entra, deltaLink }: Context): Promise<Observed> => {
  if (deltaLink === undefined) {
    const { body } = succeeded(
      'asking for a delta link',
      await entra.graph('GET', '/groups/delta?$deltatoken=latest&$select=id'),
    );
    return untold(`run it again in 8 days with ${variable}='${textOf(body, '@odata.deltaLink')}'`);
  }
  const answer = await entra.graph('GET', deltaLink);
  const isRefused = answer.status === 410 || (answer.status >= 400 && answer.code === 'syncStateNotFound');
  return isRefused ? asExpected(shown(answer)) : differs(shown(answer));
};

const nothingYet = 'the controller reads no deltas: ';
const file = 'src/sandbox/entra/delta.ts';

export const deltas: readonly Experiment[] = [
  {
    name: 'deleted-user-in-group-delta',
    claim: 'the deletion of a member is not told in the delta of her group',
    source: 'entra.md §11',
    matters: { file, how: `${nothingYet}the sandbox does not tell it either` },
    needs: ['tenant'],
    expected: 'not told in five minutes',
    makes: 'a group with a user who cannot sign in',
    run: deleteMember,
  },
  {
    name: 'service-principal-in-group-delta',
    claim: 'a service principal that joins a group is told in its delta',
    source: 'entra.md §11',
    matters: { file, how: `${nothingYet}the sandbox tells it` },
    needs: ['tenant'],
    expected: 'told',
    makes: 'a group; an application and its service principal',
    run: joinPrincipal,
  },
  {
    name: 'service-principal-in-members',
    claim: 'v1.0 does not list service principals among the members of a group',
    source: 'entra.md §2.3',
    matters: { file: 'src/sandbox/entra/members.ts', how: 'so workloads in a group are told, not admitted' },
    needs: ['tenant'],
    expected: 'not listed among the members',
    makes: 'a group with a user who cannot sign in; an application and its service principal',
    run: listPrincipal,
  },
  {
    name: 'broken-delta-token',
    claim: 'how a delta token that never was one is refused',
    source: 'entra.md §3.1',
    matters: { file, how: `${nothingYet}the sandbox says 410 resyncRequired` },
    needs: ['tenant'],
    expected: 'nothing: the answer is reported',
    makes: 'nothing',
    run: brokenToken,
  },
  {
    name: 'old-delta-token',
    claim: 'a delta token older than seven days is refused with 410, or with syncStateNotFound',
    source: 'entra.md §11',
    matters: { file, how: `${nothingYet}the sandbox says 400 syncStateNotFound` },
    needs: ['tenant'],
    expected: `refused; it takes two runs, 8 days apart, the second with ${variable}`,
    makes: 'nothing',
    run: oldToken,
  },
];
