// What an observation of ECS says of log groups and keys: unread is never none, and what is not there has none.

import { describe, expect, it } from 'vitest';
import { ecsFacts } from '../../src/desired/ecs-facts.ts';
import { nothingInEcs } from '../../src/domain/ecs.ts';
import { AppError } from '../../src/domain/errors.ts';
import { absent, present, unreadable } from '../../src/domain/reading.ts';
import { servicePlace } from '../builders.ts';
import {
  type EcsParts,
  container,
  definition,
  deployment,
  ecsOf,
  revisionArn,
  service,
  task,
} from '../plan/services/scene.ts';

const down = unreadable(new AppError('transient', 'ECS answered 503'));
const logging = (revision: number, ...names: readonly string[]) =>
  definition(revision, {
    containers: names.map((name) => container({ logGroup: { region: 'eu-west-1', name } })),
  });

/** Names of the log groups, or the sentence that says why they are not known. */
const groupsOf = (parts: EcsParts): readonly string[] | string => {
  const fact = ecsFacts(ecsOf(parts)).logGroupsOf(servicePlace);
  return fact.isKnown ? [...new Set(fact.value.map(({ name }) => name))].sort() : fact.because;
};

describe('the log groups of a service', () => {
  const cases: readonly (readonly [string, EcsParts, readonly string[]])[] = [
    ['are those of all containers', { definitions: [logging(7, '/a', '/b')] }, ['/a', '/b']],
    ['are none where nothing logs', { definitions: [definition(7)] }, []],
    [
      'are those of what a deployment brings, and of what still runs',
      {
        service: present(
          service({
            taskDefinitionArn: revisionArn(9),
            deployments: [
              deployment({ taskDefinitionArn: revisionArn(9) }),
              deployment({ taskDefinitionArn: revisionArn(8) }),
            ],
          }),
        ),
        tasks: [task(1)],
        definitions: [logging(7, '/old'), logging(8, '/middle'), logging(9, '/new')],
      },
      ['/middle', '/new', '/old'],
    ],
    [
      'are not those of what somebody runs beside it',
      {
        tasks: [task(1), task(2, { group: 'family:api', taskDefinitionArn: revisionArn(6) })],
        definitions: [logging(7, '/a'), logging(6, '/beside')],
      },
      ['/a'],
    ],
    ['are none of a service that is not there', { service: absent }, []],
    ['are none of a cluster that is not there', { cluster: absent }, []],
  ];
  it.each(cases)('%s', (_name, parts, groups) => {
    expect(groupsOf(parts)).toEqual(groups);
  });

  const unknown: readonly (readonly [string, EcsParts, RegExp])[] = [
    ['the cluster', { cluster: down }, /cluster payments in eu-west-1 could not be read: ECS answered 503/],
    ['the service', { service: down }, /service api could not be read: ECS answered 503/],
    ['a definition that was not read', { definitions: [] }, /task definition .*api:7 could not be read/],
    [
      'a definition that could not be read',
      { definitions: [], unreadableDefinitions: new Map([[revisionArn(7), down]]) },
      /api:7 could not be read: ECS answered 503/,
    ],
    [
      'a definition that is said not to be there, though it runs',
      { definitions: [], unreadableDefinitions: new Map([[revisionArn(7), absent]]) },
      /api:7 could not be read/,
    ],
    [
      'the definition of one of its tasks',
      { tasks: [task(1), task(2, { taskDefinitionArn: revisionArn(6) })], definitions: [logging(7, '/a')] },
      /api:6 could not be read/,
    ],
  ];
  it.each(unknown)('are not known without %s', (_name, parts, sentence) => {
    expect(groupsOf(parts)).toMatch(sentence);
  });

  it('are not known before ECS was ever read', () => {
    const facts = ecsFacts(nothingInEcs);
    expect(facts.logGroupsOf(servicePlace)).toEqual({
      isKnown: false,
      because: 'the ECS cluster payments in eu-west-1 has not been read yet',
    });
    expect(facts.execKeyOf(servicePlace).isKnown).toBe(false);
  });
});

describe('the key of a cluster', () => {
  const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
  const keyOf = (parts: EcsParts) => ecsFacts(ecsOf(parts)).execKeyOf(servicePlace);

  it('is what the cluster says', () => {
    expect(keyOf({ exec: { kmsKeyArn: keyArn } })).toEqual({ isKnown: true, value: keyArn });
    expect(keyOf({})).toEqual({ isKnown: true, value: undefined });
  });

  it('is none of a cluster that is not there, and not known of one that could not be read', () => {
    expect(keyOf({ cluster: absent })).toEqual({ isKnown: true, value: undefined });
    expect(keyOf({ cluster: down }).isKnown).toBe(false);
  });
});
