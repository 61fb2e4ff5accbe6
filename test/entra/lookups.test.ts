// Single objects by id: people's standing, and service principals. Every doubt is unreadable or unknown.

import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { JsonObject } from '../../src/entra/json.ts';
import type { Answer, ReadCall } from '../../src/entra/question.ts';
import { readServicePrincipals } from '../../src/entra/service-principals.ts';
import { readStandings, userPath } from '../../src/entra/standings.ts';
import { answering } from './answering.ts';
import { ids, uuid } from './contoso.ts';

const read = (): ReadCall => ({
  signal: new AbortController().signal,
  deadlineMs: 0,
  halted: undefined,
  tookFreshToken: false,
});

const ana = uuid('a', 1);
const body = (properties: JsonObject): Answer => ({ kind: 'body', body: properties });
const notFound: Answer = { kind: 'notFound' };
const failed: Answer = { kind: 'failed', problem: new AppError('denied', 'no') };

describe('the standing of a person', () => {
  const readingOf = async (who: string, user: Answer, deleted: Answer) => {
    const ask = answering(({ operation }) => (operation === 'getUser' ? user : deleted));
    return (await readStandings([who], read(), ask)).get(who);
  };
  const standing = async (who: string, user: Answer, deleted: Answer): Promise<string> => {
    const reading = await readingOf(who, user, deleted);
    return reading?.state === 'present' ? reading.value.is : (reading?.state ?? 'missing');
  };

  it.each<[string, Answer, Answer, string]>([
    ['enabled', body({ id: ana, accountEnabled: true }), failed, 'enabled'],
    ['enabled, id in capitals', body({ id: ana.toUpperCase(), accountEnabled: true }), failed, 'enabled'],
    ['disabled', body({ id: ana, accountEnabled: false }), failed, 'disabled'],
    ['null', body({ id: ana, accountEnabled: null }), failed, 'unknown'],
    ['absent', body({ id: ana }), failed, 'unknown'],
    ['a word', body({ id: ana, accountEnabled: 'false' }), failed, 'unknown'],
    ['another person', body({ id: uuid('a', 2), accountEnabled: false }), failed, 'unreadable'],
    ['nobody', body({ accountEnabled: false }), failed, 'unreadable'],
    ['a failure', failed, notFound, 'unreadable'],
    ['404, and among the deleted', notFound, body({ id: ana }), 'deleted'],
    ['404, and another among the deleted', notFound, body({ id: uuid('a', 2) }), 'unreadable'],
    ['404, and an empty answer about the deleted', notFound, body({}), 'unreadable'],
    ['404, and a failure about the deleted', notFound, failed, 'unreadable'],
    ['404 twice', notFound, notFound, 'notFound'],
  ])('answered with %s', async (_name, user, deleted, expected) => {
    expect(await standing(ana, user, deleted)).toBe(expected);
  });

  const compact = ana.replaceAll('-', '');
  it.each<[string, Answer, Answer, string | null]>([
    ['a user', body({ id: ana, userPrincipalName: 'ana@contoso.com' }), failed, 'ana@contoso.com'],
    ['a user of no name', body({ id: ana }), failed, null],
    [
      'a user whose name is her id',
      body({ id: ana, userPrincipalName: `${compact}x` }),
      failed,
      `${compact}x`,
    ],
    [
      'a user whose name steers a terminal',
      body({ id: ana, userPrincipalName: 'ana\u001B[2J\n\u202Egnp@contoso.com' }),
      failed,
      'ana [2J gnp@contoso.com',
    ],
    [
      'a deleted user, whose name Entra has changed',
      notFound,
      body({ id: ana, userPrincipalName: `${compact}ana@contoso.com` }),
      'ana@contoso.com',
    ],
    [
      'a deleted user, in capitals',
      notFound,
      body({ id: ana.toUpperCase(), userPrincipalName: `${compact.toUpperCase()}Ana@contoso.com` }),
      'Ana@contoso.com',
    ],
    [
      'a deleted user, whose name Entra has kept',
      notFound,
      body({ id: ana, userPrincipalName: 'ana@contoso.com' }),
      'ana@contoso.com',
    ],
    ['a deleted user of no name', notFound, body({ id: ana, userPrincipalName: null }), null],
  ])('%s is called as she was', async (_name, user, deleted, expected) => {
    const reading = await readingOf(ana, user, deleted);
    expect(reading).toMatchObject({ state: 'present', value: { id: ana, userPrincipalName: expected } });
  });

  it('asked by name is never looked for among the deleted, who have lost their names', async () => {
    expect(await standing('ana@contoso.com', notFound, failed)).toBe('notFound');
    expect(await standing('ana@contoso.com', body({ id: ana, accountEnabled: true }), failed)).toBe(
      'enabled',
    );
  });
});

it.each([
  [ana, `/users/${ana}`],
  ['ana@contoso.com', '/users/ana%40contoso.com'],
  ['bo_x.com#EXT#@contoso.com', '/users/bo_x.com%23EXT%23%40contoso.com'],
  ["o'neil&co+x@contoso.com", "/users/o'neil%26co%2Bx%40contoso.com"],
  ['a?b%c@contoso.com', '/users/a%3Fb%25c%40contoso.com'],
  ["$o'x@contoso.com", "/users('%24o''x%40contoso.com')"],
])('the path of user %s is %s', (who, path) => {
  expect(userPath(who)).toBe(path);
});

describe('a service principal', () => {
  const whole = { id: ids.principal, appId: ids.principalApp, displayName: 'deployer', accountEnabled: true };
  const state = async (answer: Answer): Promise<unknown> => {
    const reading = (
      await readServicePrincipals(
        [ids.principal],
        read(),
        answering(() => answer),
      )
    ).get(ids.principal);
    return reading?.state === 'present' ? reading.value : reading?.state;
  };

  it.each<[string, Answer, unknown]>([
    ['whole', body(whole), whole],
    ['in capitals', body({ ...whole, appId: ids.principalApp.toUpperCase() }), whole],
    ['whose name is null', body({ ...whole, displayName: null }), { ...whole, displayName: null }],
    ['whose state is null', body({ ...whole, accountEnabled: null }), { ...whole, accountEnabled: null }],
    ['without client id', body({ ...whole, appId: null }), 'unreadable'],
    ['with another id', body({ ...whole, id: ana }), 'unreadable'],
    ['that is not there', notFound, 'absent'],
    ['that cannot be read', failed, 'unreadable'],
  ])('%s', async (_name, answer, expected) => {
    expect(await state(answer)).toEqual(expected);
  });
});
