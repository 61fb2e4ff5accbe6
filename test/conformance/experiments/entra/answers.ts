// How Graph words what it refuses and what it gives. [entra.md §2.1, §2.2, §11]

import { randomUUID } from 'node:crypto';
import type { GraphAnswer } from '../../entra/entra-side.ts';
import { textOf } from '../../entra/json.ts';
import { addMember, makeGroup, makeUser } from '../../entra/make.ts';
import { asExpected, type Context, differs, type Experiment, type Observed } from '../../experiment.ts';

const shown = ({ status, code, message }: GraphAnswer): string => `${status} ${code}: ${message}`.trim();

const isCode = (answer: GraphAnswer, status: number, code: string): boolean =>
  answer.status === status && answer.code === code;

const verdict = (isRight: boolean, what: string): Observed => (isRight ? asExpected(what) : differs(what));

const askPlainly = async (context: Context): Promise<Observed> => {
  const { graph } = context.entra;
  const group = await makeGroup(context, 'group');
  const members = `/groups/${group.id}/members`;
  const cast = await graph('GET', `${members}/microsoft.graph.user?$select=id`);
  const filter = encodeURIComponent("startswith(displayName,'a')");
  const filtered = await graph('GET', `${members}?$filter=${filter}&$select=id`);
  const count = await graph('GET', `${members}/$count`);
  const what = `cast: ${shown(cast)} | $filter: ${shown(filtered)} | $count: ${shown(count)}`;
  return verdict(
    [cast, filtered, count].every((one) => isCode(one, 400, 'Request_UnsupportedQuery')),
    what,
  );
};

const askForNothing = async ({ entra }: Context): Promise<Observed> => {
  const id = randomUUID();
  const paths = [`/groups/${id}`, `/users/${id}`, `/directory/deletedItems/${id}`, `/groups/${id}/members`];
  const answers: GraphAnswer[] = [];
  for (const path of paths) answers.push(await entra.graph('GET', path));
  const isRight = answers.every(
    (one) =>
      isCode(one, 404, 'Request_ResourceNotFound') &&
      one.message.startsWith(`Resource '${id}' does not exist`),
  );
  const what = answers.map((one, index) => `${paths[index]}: ${shown(one)}`).join(' | ');
  return verdict(isRight, what.replaceAll(id, 'ID'));
};

const askAsNobody = async ({ entra }: Context): Promise<Observed> => {
  const path = '/groups?$top=1&$select=id';
  const without = await entra.graph('GET', path, { token: '' });
  const broken = await entra.graph('GET', path, { token: 'e30.e30.e30' });
  const what = `without a token: ${shown(without)} | with a broken one: ${shown(broken)}`;
  return verdict(
    [without, broken].every((one) => isCode(one, 401, 'InvalidAuthenticationToken')),
    what,
  );
};

const readContexts = async (context: Context): Promise<Observed> => {
  const { graph } = context.entra;
  const group = await makeGroup(context, 'group');
  const user = await makeUser(context, 'user');
  await addMember(context, group.id, user.id);
  const wanted: readonly (readonly [string, string])[] = [
    [`/groups/${group.id}?$select=id,displayName`, '#groups(id,displayName)/$entity'],
    [
      `/groups/${group.id}/members?$select=id,accountEnabled&$top=999`,
      '#directoryObjects(id,accountEnabled)',
    ],
    [`/users/${user.id}?$select=id,accountEnabled`, '#users(id,accountEnabled)/$entity'],
    ['/groups?$select=id&$top=1', '#groups(id)'],
  ];
  const found: string[] = [];
  for (const [path] of wanted) {
    const literal = textOf((await graph('GET', path)).body, '@odata.context');
    found.push(literal.slice(literal.indexOf('#')));
  }
  const wrong = wanted.filter(([, literal], index) => literal !== found[index]);
  return verdict(wrong.length === 0, found.join(' | '));
};

export const answers: readonly Experiment[] = [
  {
    name: 'advanced-query-without-header',
    claim:
      'a cast, a $filter or a $count on members without ConsistencyLevel is refused with 400 Request_UnsupportedQuery',
    source: 'entra.md §11',
    matters: {
      file: 'src/sandbox/entra/members.ts',
      how: 'the sandbox refuses so; the controller never asks so',
    },
    needs: ['tenant'],
    expected: '400 Request_UnsupportedQuery, three times',
    makes: 'a group',
    run: askPlainly,
  },
  {
    name: 'not-found-body',
    claim:
      'what is not there is answered with 404 Request_ResourceNotFound and "Resource \'ID\' does not exist …"',
    source: 'entra.md §2.1',
    matters: {
      file: 'src/entra/standings.ts',
      how: 'a 404 by id counts as proof that somebody is gone, in two polls',
    },
    needs: ['tenant'],
    expected: 'so for groups, users, deleted items and members',
    makes: 'nothing',
    run: askForNothing,
  },
  {
    name: 'unauthorized-body',
    claim: 'no token, or a broken one, is answered with 401 InvalidAuthenticationToken',
    source: 'entra.md §2.1',
    matters: { file: 'src/entra/failure.ts', how: 'after a 401 a new token is asked for' },
    needs: ['tenant'],
    expected: '401 InvalidAuthenticationToken, twice',
    makes: 'nothing',
    run: askAsNobody,
  },
  {
    name: 'odata-contexts',
    claim: '@odata.context ends in #groups(…)/$entity, #directoryObjects(…), #users(…)/$entity, #groups(…)',
    source: 'entra.md §2.2',
    matters: {
      file: 'src/sandbox/entra/members.ts',
      how: 'the sandbox writes it so; the controller does not look',
    },
    needs: ['tenant'],
    expected: 'these four literals',
    makes: 'a group with a user who cannot sign in',
    run: readContexts,
  },
];
