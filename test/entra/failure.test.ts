import { describe, expect, it } from 'vitest';
import type { ErrorKind } from '../../src/domain/errors.ts';
import { type Failure, isNotFound, statusFailure } from '../../src/entra/failure.ts';

const body = (code: unknown) => ({ error: { code, message: 'Some text of theirs.' } });
const subject = { operation: 'listMembers', resource: 'group x' } as const;

describe('a status', () => {
  it.each<[number, ErrorKind, Failure['remedy']]>([
    [204, 'invalid', 'none'],
    [302, 'invalid', 'none'],
    [400, 'invalid', 'none'],
    [401, 'denied', 'freshToken'],
    [403, 'denied', 'none'],
    [404, 'invalid', 'none'],
    [408, 'transient', 'wait'],
    [410, 'transient', 'none'],
    [429, 'transient', 'wait'],
    [500, 'transient', 'wait'],
    [501, 'transient', 'none'],
    [502, 'transient', 'wait'],
    [503, 'transient', 'wait'],
    [504, 'transient', 'wait'],
  ])('%i is %s, remedy: %s', (status, kind, remedy) => {
    const failure = statusFailure(status, body('SomeCode'), subject);
    expect([failure.problem.kind, failure.remedy]).toEqual([kind, remedy]);
  });
});

describe('a message', () => {
  it('names the permission to grant', () => {
    expect(statusFailure(403, body('Authorization_RequestDenied'), subject).problem.message).toBe(
      'graph answered 403 Authorization_RequestDenied for group x: grant the application GroupMember.Read.All and ' +
        'User.Read.All, and Member.Read.Hidden if the group hides its membership (application permissions, with admin consent)',
    );
  });

  it.each([
    ['getUser', 'User.Read.All'],
    ['getDeletedItem', 'User.Read.All'],
    ['getServicePrincipal', 'Application.Read.All'],
    ['listTransitiveMembers', 'Member.Read.Hidden'],
    ['listAssignmentScheduleInstances', 'PrivilegedAssignmentSchedule.Read.AzureADGroup'],
    ['listAssignmentScheduleInstances', 'Microsoft Entra ID P2'],
    ['listAssignmentScheduleRequests', 'PrivilegedAssignmentSchedule.Read.AzureADGroup'],
  ] as const)('about %s names %s', (operation, permission) => {
    const { problem } = statusFailure(403, undefined, { operation, resource: 'x' });
    expect(problem.message).toContain(permission);
  });

  it('takes a 400 for want of a licence for the refusal that it is', () => {
    const { problem, remedy } = statusFailure(400, body('AadPremiumLicenseRequired'), {
      operation: 'listAssignmentScheduleInstances',
      resource: 'group x',
    });
    expect([problem.kind, remedy]).toEqual(['denied', 'none']);
    expect(problem.message).toContain('lacks the licence');
  });

  it.each([
    [body('Some_Code.1'), 'Some_Code.1'],
    [body('free text with a person'), '500'],
    [body(7), '500'],
    [{ error: 'x' }, '500'],
    [undefined, '500'],
  ])('of %j has the code %s', (given, code) => {
    expect(statusFailure(500, given, subject).problem.code).toBe(code);
  });
});

describe('404', () => {
  it.each([
    [404, body('Request_ResourceNotFound'), true],
    [404, body('ResourceNotFound'), true],
    [404, body('UnknownError'), false],
    [404, null, false],
    [404, { error: null }, false],
    [404, 'Not Found', false],
    [410, body('Request_ResourceNotFound'), false],
    [200, body('Request_ResourceNotFound'), false],
  ])('(status %i, body %j) says that the object is not there: %s', (status, given, expected) => {
    expect(isNotFound(status, given)).toBe(expected);
  });
});
