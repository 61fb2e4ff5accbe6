// Service principals by object id. Their client id decides who may enter, so one without it is not readable.

import type { ServicePrincipal } from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { booleanOrNull, textOrNull } from './json.ts';
import { objectId } from './object-id.ts';
import { type Answer, type Ask, type ReadCall, answersTo } from './question.ts';

const readingOf = (id: string, answer: Answer | undefined): Reading<ServicePrincipal> => {
  const resource = `service principal ${id}`;
  const broken = (why: string): Reading<never> =>
    unreadable(
      new AppError('transient', `graph's answer for ${resource} ${why}`, {
        resource,
        code: 'unusableAnswer',
      }),
    );
  if (answer === undefined) return broken('is missing');
  if (answer.kind === 'failed') return unreadable(answer.problem);
  if (answer.kind === 'notFound') return absent;
  const { body } = answer;
  if (objectId(body['id']) !== id) return broken('is about another object');
  const appId = objectId(body['appId']);
  if (appId === undefined) return broken('has no valid appId');
  return present({
    id,
    appId,
    displayName: textOrNull(body['displayName']),
    accountEnabled: booleanOrNull(body['accountEnabled']),
  });
};

/** Every id gets a reading, keyed as given. */
export const readServicePrincipals = async (
  ids: readonly string[],
  read: ReadCall,
  ask: Ask,
): Promise<ReadonlyMap<string, Reading<ServicePrincipal>>> => {
  const asked = [...new Set(ids)].map((given) => ({ given, id: objectId(given) }));
  const valid = asked.flatMap(({ given, id }) => (id === undefined ? [] : [{ given, id }]));
  const answers = await answersTo(
    valid.map(({ id }) => ({
      operation: 'getServicePrincipal',
      url: `/servicePrincipals/${id}?$select=id,appId,displayName,accountEnabled`,
      resource: `service principal ${id}`,
    })),
    read,
    ask,
  );
  const readings = new Map<string, Reading<ServicePrincipal>>(
    asked.map(({ given }) => [given, notAnId(given)]),
  );
  for (const [index, { given, id }] of valid.entries()) readings.set(given, readingOf(id, answers[index]));
  return readings;
};

const notAnId = (given: string): Reading<never> =>
  unreadable(
    new AppError('invalid', `'${given}' is no object id: give the service principal's id, a UUID`, {
      resource: given,
    }),
  );
