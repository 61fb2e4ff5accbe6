// Least privilege, held to the calls that are really made: everything that a story of every call asks for is allowed, and no
// word of the documents is there that nothing asks for. What must never happen is refused, and no condition is there without a
// case that needs it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksOf } from '../../src/doctor/check.ts';
import { permissionChecks } from '../../src/doctor/check-permissions.ts';
import { neededActions } from '../../src/doctor/needed-actions.ts';
import type { AccountExamination } from '../../src/domain/examination.ts';
import { present } from '../../src/domain/reading.ts';
import type { AccessRequest } from '../../src/domain/access-evaluator.ts';
import { actionsIn, alterationsOf } from './alterations.ts';
import {
  boundaryArn,
  executionRoleArn,
  readerArn,
  readerPolicies,
  sharedRoleArn,
  spokeArn,
  spokeId,
  spokePolicies,
} from './deployed.ts';
import { refused, refusedToAdministrators } from './refused.ts';
import { differentOnes, everything, isAllowed, requestOf } from './requests.ts';
import { type Stage, stageNeeds, startStage } from './stage.ts';
import { endingOf, everyPolicy, playStory } from './story.ts';

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
/** Before anybody called a doctor. */
let askedByController: readonly AccessRequest[];
let examination: AccountExamination;

beforeAll(async () => {
  stage = await startStage([1, 2, 3, 4]);
  await playStory(stage);
  ending = endingOf(stage);
  await stage.plan();
  askedByController = [...askedBy(spokeArn), ...askedBy(readerArn)];
  examination = await stage.doctor('spoke', everyPolicy);
  await stage.doctor('reader', everyPolicy);
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

const actionsOf = (requests: readonly AccessRequest[]): readonly string[] =>
  [...new Set(requests.map(({ action }) => action))].sort();

interface StatementOfDocument {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const statementBySid = (name: string, sid: string): StatementOfDocument | undefined => {
  const text = documents[name.replace('spoke-', '')] ?? '{}';
  const { Statement } = JSON.parse(text) as { readonly Statement: readonly StatementOfDocument[] };
  return Statement.find(({ Sid }) => Sid === sid);
};

describe('the table by which doctor asks', () => {
  const needs = stageNeeds(everyPolicy);
  const problemsWith = (seen: AccountExamination): readonly string[] =>
    permissionChecks(checksOf('account'), needs, seen, 0).flatMap(({ state, what, found }) =>
      state === 'ok' ? [] : [`${what}: ${found}`],
    );

  it('has every action that the controller takes, and none besides', () => {
    const table = neededActions.filter(({ isForDoctor }) => isForDoctor !== true);
    expect([...new Set(table.map(({ action }) => action))].sort()).toEqual(actionsOf(askedByController));
  });

  it('needs all of it for policies that use everything', () => {
    expect(neededActions.filter(({ isNeeded }) => !isNeeded(needs))).toEqual([]);
  });

  it.each(neededActions.map((one) => [`${one.action} ${one.sid}`, one] as const))(
    '%s: what doctor would have added is what the document says',
    (_name, { action, document, sid, resource, condition }) => {
      const found = statementBySid(document, sid);
      expect([found?.Action].flat()).toContain(action);
      expect(found?.Condition).toEqual(condition?.(needs));
      // Which roles may be handed over each account says for itself.
      if (action !== 'iam:PassRole') expect(found?.Resource).toEqual(resource(needs));
    },
  );

  it('finds nothing missing with the documents as they are', () => {
    expect(problemsWith(examination)).toEqual([]);
    expect(examination.trials.filter(({ outcome }) => outcome !== 'allowed')).toEqual([]);
    expect(examination.creation).toMatchObject({ outcome: 'allowed', isMade: false });
    expect(stage.cloud.roles(spokeId).map(({ name }) => name)).not.toContain('rolewarden-doctor');
  });

  const tried = new Set(neededActions.filter(({ isTried }) => isTried).map(({ sid }) => sid));
  const notices = alterationsOf(documents).filter(
    ({ name, allows }) =>
      allows === 'less' &&
      !tried.has(name.split(' ')[1] ?? '') &&
      // Nobody but ECS knows the execution role before the service is seen.
      !name.endsWith(executionRoleArn),
  );

  it.each(notices)('misses what is gone: $name', ({ documents: policies }) => {
    const { own } = examination;
    if (own.state !== 'present') throw new Error('the role of the account was not seen');
    const altered = { ...examination, own: present({ ...own.value, policies }) };
    expect(problemsWith(altered)).not.toEqual([]);
  });

  it('tells of an action that is refused when it is tried', () => {
    const trials = examination.trials.map((one) =>
      one.action === 'iam:ListRoles'
        ? { ...one, outcome: 'denied' as const, because: 'iam:ListRoles on the account is denied: grant it' }
        : one,
    );
    expect(problemsWith({ ...examination, trials })).toEqual([
      'iam:ListRoles: AWS refuses the role iam:ListRoles',
    ]);
  });
});

describe('the role that plans are made with', () => {
  const read = Object.values(readerPolicies);

  it('may do all that plans and doctor ask for, and is given no action besides', () => {
    expect(askedByReader.filter((request) => !isAllowed(read, request))).toEqual([]);
    expect(actionsIn(read, 'Allow')).toEqual([...new Set(askedByReader.map(({ action }) => action))].sort());
  });

  it('may write nothing', () => {
    const reads = /:(?:Describe|Get|List)/;
    expect(actionsIn(read, 'Allow').filter((action) => !reads.test(action))).toEqual([]);
  });
});
