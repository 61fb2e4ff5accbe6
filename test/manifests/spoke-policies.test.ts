// Least privilege, held to the calls that are really made: everything that a story of every call asks for is allowed, and no
// word of the documents is there that nothing asks for. What must never happen is refused, and no condition is there without a
// case that needs it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../src/domain/access-evaluator.ts';
import { actionsIn, alterationsOf } from './alterations.ts';
import {
  boundaryArn,
  readerArn,
  readerPolicies,
  sharedRoleArn,
  spokeArn,
  spokePolicies,
} from './deployed.ts';
import { refused, refusedToAdministrators } from './refused.ts';
import { differentOnes, everything, isAllowed, requestOf } from './requests.ts';
import { type Stage, startStage } from './stage.ts';
import { endingOf, playStory } from './story.ts';

const documents = spokePolicies();
const texts = Object.values(documents);

let stage: Stage;
let ending: unknown;
const askedBy = (roleArn: string): readonly AccessRequest[] =>
  differentOnes(
    stage.asked.flatMap(({ request }) =>
      request.context.get('aws:principalarn')?.[0] === roleArn ? [request] : [],
    ),
  );
let asked: readonly AccessRequest[];
let askedByReader: readonly AccessRequest[];

beforeAll(async () => {
  stage = await startStage([1, 2, 3, 4]);
  await playStory(stage);
  ending = endingOf(stage);
  await stage.plan();
  asked = askedBy(spokeArn);
  askedByReader = askedBy(readerArn);
});
afterAll(() => stage.stop());

const serviceMarks = { 'rolewarden:instance': 'contoso-main', 'rolewarden:service': 'api' };

describe('the spoke role', () => {
  it('may do all that the controller does', () => {
    expect(ending).toEqual({
      roles: [
        ['payments-api-task', boundaryArn, ['rolewarden-access']],
        ['payments-debug', boundaryArn, ['rolewarden-access']],
      ],
      shared: [],
      shells: 0,
      services: [
        ['api', expect.stringMatching(/task-definition\/api:2$/), expect.objectContaining(serviceMarks)],
      ],
    });
    expect(stage.asked.filter(({ isRefused }) => isRefused)).toEqual([]);
  });

  it('is given no action that nothing asks for', () => {
    expect(actionsIn(texts, 'Allow')).toEqual([...new Set(asked.map(({ action }) => action))].sort());
  });

  it.each(refused)('is refused $name', (one) => {
    expect(isAllowed(texts, requestOf(one))).toBe(false);
  });

  it.each(refusedToAdministrators)('is refused $name, whatever else is attached to it', (one) => {
    expect(isAllowed([...texts, everything], requestOf(one))).toBe(false);
  });

  it('may not change itself, though somebody lists it as shared', () => {
    const listed = Object.values(spokePolicies([spokeArn, sharedRoleArn]));
    const own = requestOf({
      name: '',
      action: 'iam:PutRolePolicy',
      resource: spokeArn,
      tags: { 'rolewarden:adopt': 'contoso-main' },
    });
    expect(isAllowed(listed, own)).toBe(false);
    const { never: _never, ...careless } = spokePolicies([spokeArn, sharedRoleArn]);
    expect(isAllowed(Object.values(careless), own)).toBe(true);
  });
});

describe('every word of its documents is needed', () => {
  const alterations = alterationsOf(documents);

  it.each(alterations.filter(({ allows }) => allows === 'less'))(
    '$name: the controller is refused something',
    (altered) => {
      expect(asked.filter((request) => !isAllowed(altered.documents, request))).not.toEqual([]);
    },
  );

  it.each(alterations.filter(({ allows }) => allows === 'more'))(
    '$name: something is allowed that must not be',
    (altered) => {
      const slips = [
        ...refused.filter((one) => isAllowed(altered.documents, requestOf(one))),
        ...refusedToAdministrators.filter((one) =>
          isAllowed([...altered.documents, everything], requestOf(one)),
        ),
      ];
      expect(slips).not.toEqual([]);
    },
  );
});

describe('the role that plans are made with', () => {
  const read = Object.values(readerPolicies);

  it('may do all that a plan asks for, and is given no action besides', () => {
    expect(askedByReader.filter((request) => !isAllowed(read, request))).toEqual([]);
    expect(actionsIn(read, 'Allow')).toEqual([...new Set(askedByReader.map(({ action }) => action))].sort());
  });

  it('may write nothing', () => {
    const reads = /:(?:Describe|Get|List)/;
    expect(actionsIn(read, 'Allow').filter((action) => !reads.test(action))).toEqual([]);
  });
});
