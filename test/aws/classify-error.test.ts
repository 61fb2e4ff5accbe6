import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/aws/classify-error.ts';
import { isRetryable } from '../../src/aws/retry.ts';
import { AppError, type ErrorKind } from '../../src/domain/errors.ts';
import { jsonError, networkError, serviceError } from './sdk-errors.ts';

const call = { action: 'iam:PutRolePolicy', resource: 'role payments-exec' };
const user = 'User: arn:aws:sts::111122223333:assumed-role/rolewarden/rolewarden';
const notAuthorized = `${user} is not authorized to perform: iam:PutRolePolicy on resource: role payments-exec`;

const cases: readonly (readonly [string, unknown, ErrorKind, string, string])[] = [
  [
    'throttling',
    serviceError('Throttling', 400),
    'transient',
    'Throttling',
    'AWS throttles iam:PutRolePolicy on role payments-exec',
  ],
  [
    'a failure inside',
    serviceError('ServiceFailure', 500),
    'transient',
    'ServiceFailure',
    'failed inside AWS',
  ],
  ['an HTML 503', networkError('Error', undefined, 503), 'transient', '503', 'failed inside AWS (503)'],
  ['a reset connection', networkError('Error', 'ECONNRESET'), 'transient', 'ECONNRESET', 'no usable answer'],
  ['a time-out', networkError('TimeoutError'), 'transient', 'TimeoutError', 'no usable answer'],
  ['a cut body', networkError('Error', undefined, 200), 'transient', 'UnreadableAnswer', 'no usable answer'],
  [
    'a concurrent change',
    serviceError('ConcurrentModification', 409),
    'transient',
    'ConcurrentModification',
    'changed by someone else',
  ],
  [
    'a busy entity',
    serviceError('EntityTemporarilyUnmodifiable', 409),
    'transient',
    'EntityTemporarilyUnmodifiable',
    'changed by someone else',
  ],
  [
    'a missing permission',
    serviceError(
      'AccessDenied',
      403,
      `${notAuthorized} because no identity-based policy allows the iam:PutRolePolicy action`,
    ),
    'denied',
    'AccessDenied',
    'iam:PutRolePolicy on role payments-exec is denied (no identity-based policy allows it): grant iam:PutRolePolicy',
  ],
  [
    'an SCP',
    serviceError(
      'AccessDenied',
      403,
      `${notAuthorized} with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1`,
    ),
    'denied',
    'AccessDenied',
    'an explicit deny in a service control policy): ask its administrators to exempt',
  ],
  [
    'an RCP',
    serviceError('AccessDenied', 403, `${notAuthorized} with an explicit deny in a resource control policy`),
    'denied',
    'AccessDenied',
    'an explicit deny in a resource control policy): ask its administrators',
  ],
  [
    'a boundary that does not allow',
    serviceError(
      'AccessDenied',
      403,
      `${notAuthorized} because no permissions boundary allows the iam:PutRolePolicy action`,
    ),
    'denied',
    'AccessDenied',
    'no permissions boundary allows it',
  ],
  [
    'an explicit deny',
    serviceError('AccessDenied', 403, `${notAuthorized} with an explicit deny in an identity-based policy`),
    'denied',
    'AccessDenied',
    'denied by an explicit deny in an identity-based policy: remove that deny',
  ],
  [
    'an explicit deny in the boundary',
    serviceError('AccessDenied', 403, `${notAuthorized} with an explicit deny in a permissions boundary`),
    'denied',
    'AccessDenied',
    'denied by an explicit deny in a permissions boundary: remove that deny',
  ],
  [
    'another permission than the call',
    serviceError('AccessDenied', 403, `${user} is not authorized to perform: iam:TagRole on resource: x`),
    'denied',
    'AccessDenied',
    'grant iam:TagRole',
  ],
  ['a bare 403', bare403(), 'denied', '403', 'grant iam:PutRolePolicy'],
  [
    'an unknown key',
    serviceError('InvalidClientTokenId', 403),
    'denied',
    'InvalidClientTokenId',
    'renew them',
  ],
  ['an expired session', serviceError('ExpiredToken', 403), 'denied', 'ExpiredToken', 'renew them'],
  [
    'an unrecognized client',
    serviceError('UnrecognizedClient', 403),
    'denied',
    'UnrecognizedClient',
    'renew them',
  ],
  [
    'a bad signature',
    serviceError('SignatureDoesNotMatch', 403),
    'denied',
    'SignatureDoesNotMatch',
    'the clock of this machine',
  ],
  [
    'no credentials',
    networkError('CredentialsProviderError'),
    'denied',
    'CredentialsProviderError',
    'no AWS credentials',
  ],
  [
    'a taken name',
    serviceError('EntityAlreadyExists', 409),
    'conflict',
    'EntityAlreadyExists',
    'already exists',
  ],
  ['a role that is gone', serviceError('NoSuchEntity', 404), 'conflict', 'NoSuchEntity', 'is gone'],
  ['a role in use', serviceError('DeleteConflict', 409), 'conflict', 'DeleteConflict', 'detach it first'],
  [
    'a role of AWS',
    serviceError('UnmodifiableEntity', 400),
    'conflict',
    'UnmodifiableEntity',
    'belongs to AWS',
  ],
  [
    'a quota',
    serviceError('LimitExceeded', 409, 'Cannot exceed quota for ACLSizePerRole: 2048'),
    'invalid',
    'LimitExceeded',
    'ACLSizePerRole: 2048): raise the quota',
  ],
  [
    'a bad document',
    serviceError('MalformedPolicyDocument', 400, 'Invalid principal'),
    'invalid',
    'MalformedPolicyDocument',
    'Invalid principal',
  ],
  ['a bad value', serviceError('ValidationError', 400, 'too long'), 'invalid', 'ValidationError', 'too long'],
  [
    'a code we do not know',
    serviceError('NewInThisYear', 400, 'what?'),
    'invalid',
    'NewInThisYear',
    'look the code up',
  ],
  ['something that is no error', 'boom', 'transient', 'Unknown', 'no usable answer'],
];

function bare403() {
  return Object.assign(serviceError('Unknown', 403), { name: 'Unknown', Code: undefined });
}

describe('errors of AWS', () => {
  it.each(cases)('%s', (_name, thrown, kind, code, sentence) => {
    const error = classifyError(thrown, call);
    expect(error).toBeInstanceOf(AppError);
    expect({ kind: error.kind, code: error.code }).toEqual({ kind, code });
    expect(error.message).toContain(sentence);
    expect(error.resource).toBe('role payments-exec');
  });

  it('leaves what is classified already as it is', () => {
    const error = new AppError('invalid', 'wrong account');
    expect(classifyError(error, call)).toBe(error);
  });

  it('names the thing even of a sentence without it', () => {
    for (const [, thrown] of cases) {
      const { message } = classifyError(thrown, call);
      expect(message).toMatch(/iam:PutRolePolicy|iam:TagRole|role payments-exec/);
      // Lower case unless it starts with the name of AWS, and something to do after the colon.
      expect(message).toMatch(/^(?:AWS|[a-z])/);
      expect(message).toContain(': ');
    }
  });
});

const update = { action: 'ecs:UpdateService', resource: 'service eu-west-1/prod/web' };
const role = 'arn:aws:iam::111122223333:role/team/web-task';
const notPassed = `${user} is not authorized to perform: iam:PassRole on resource: ${role}`;
const statement = `grant iam:PassRole on ${role}, on the condition that iam:PassedToService is ecs-tasks.amazonaws.com, to the role that rolewarden uses in this account`;

const ecsCases: readonly (readonly [string, unknown, ErrorKind, string, string])[] = [
  ['throttling', jsonError('ThrottlingException'), 'transient', 'ThrottlingException', 'AWS throttles'],
  [
    'a failure inside',
    jsonError('ServerException', '', 500),
    'transient',
    'ServerException',
    'failed inside AWS',
  ],
  [
    'an update under way',
    jsonError('UpdateInProgressException'),
    'transient',
    'UpdateInProgressException',
    'is just being changed by someone else',
  ],
  [
    'a cluster that is not there',
    jsonError('ClusterNotFoundException', 'Cluster not found.'),
    'conflict',
    'ClusterNotFoundException',
    'has no cluster',
  ],
  [
    'a service that is not there',
    jsonError('ServiceNotFoundException'),
    'conflict',
    'ServiceNotFoundException',
    'is gone',
  ],
  [
    'a service that drains',
    jsonError('ServiceNotActiveException', 'Service was not ACTIVE.'),
    'conflict',
    'ServiceNotActiveException',
    'is no longer ACTIVE: someone deleted it, or it is draining',
  ],
  [
    'a wrong parameter',
    jsonError('InvalidParameterException', 'Tags are too many.'),
    'invalid',
    'InvalidParameterException',
    '(Tags are too many.): correct the value',
  ],
  [
    'something that it does not like',
    jsonError('ClientException', 'Family contains invalid characters.'),
    'invalid',
    'ClientException',
    'ECS refuses ecs:UpdateService on service eu-west-1/prod/web (Family contains invalid characters.)',
  ],
  [
    'a revision that is INACTIVE',
    jsonError('ClientException', 'TaskDefinition is inactive'),
    'conflict',
    'ClientException',
    'cannot run a task definition that is INACTIVE: someone deregistered the revision',
  ],
  [
    'a revision that is gone',
    jsonError('ClientException', 'Unable to describe task definition.'),
    'conflict',
    'ClientException',
    'someone deleted the revision',
  ],
  [
    'a role that it does not take',
    jsonError('ClientException', 'Role is not valid'),
    'invalid',
    'ClientException',
    'does not take the roles of service eu-west-1/prod/web (Role is not valid)',
  ],
  [
    'a platform that is too old',
    jsonError('PlatformTaskDefinitionIncompatibilityException', 'pidMode needs 1.4.0'),
    'invalid',
    'PlatformTaskDefinitionIncompatibilityException',
    'cannot run the task definition (pidMode needs 1.4.0)',
  ],
  [
    'a quota',
    jsonError('LimitExceededException', 'too many revisions'),
    'invalid',
    'LimitExceededException',
    'exceeds a quota of the account (too many revisions)',
  ],
  [
    'a missing permission',
    jsonError(
      'AccessDeniedException',
      `${user} is not authorized to perform: ecs:UpdateService on resource: x`,
    ),
    'denied',
    'AccessDeniedException',
    'ecs:UpdateService on service eu-west-1/prod/web is denied: grant ecs:UpdateService to the role',
  ],
  [
    'a role that may not be passed',
    jsonError(
      'AccessDeniedException',
      `${notPassed} because no identity-based policy allows the iam:PassRole action`,
    ),
    'denied',
    'AccessDeniedException',
    `iam:PassRole on role ${role} is denied (no identity-based policy allows it): ${statement}`,
  ],
  [
    'a role that may not be passed, said otherwise',
    jsonError('ClientException', notPassed),
    'denied',
    'ClientException',
    `iam:PassRole on role ${role} is denied: ${statement}`,
  ],
  [
    'a role that an SCP keeps from being passed',
    jsonError('AccessDeniedException', `${notPassed} with an explicit deny in a service control policy`),
    'denied',
    'AccessDeniedException',
    `iam:PassRole on role ${role} is denied by the AWS organization`,
  ],
  [
    'an unknown key',
    jsonError('UnrecognizedClientException'),
    'denied',
    'UnrecognizedClientException',
    'renew them',
  ],
  [
    'a bad signature',
    jsonError('InvalidSignatureException'),
    'denied',
    'InvalidSignatureException',
    'renew them',
  ],
  ['an expired session', jsonError('ExpiredTokenException'), 'denied', 'ExpiredTokenException', 'renew them'],
  [
    'no signature',
    jsonError('MissingAuthenticationTokenException'),
    'denied',
    'MissingAuthenticationTokenException',
    'renew them',
  ],
];

describe('a refusal of ECS', () => {
  it.each(ecsCases)('that is %s', (_name, thrown, kind, code, sentence) => {
    const error = classifyError(thrown, update);
    expect(error).toMatchObject({ kind, code, resource: update.resource });
    expect(error.message).toContain(sentence);
    expect(error.message).toMatch(/^(?:AWS|ECS|[a-z])/);
    expect(error.message).toContain(': ');
  });

  it.each(['throttling', 'a failure inside', 'an update under way'])('is tried again: %s', (name) => {
    const [, thrown] = ecsCases.find(([each]) => each === name) ?? [];
    expect(isRetryable(thrown)).toBe(true);
  });

  it('is tried once, whatever else it is', () => {
    for (const [, thrown, kind] of ecsCases)
      if (kind !== 'transient') expect(isRetryable(thrown)).toBe(false);
  });
});

describe('secrets', () => {
  const token = 'IQoJb3JpZ2luX2VjEJb';
  const texts = [
    `The Canonical String for this request should have been 'POST / host:x x-amz-security-token:${token}'`,
    `Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=0123456789abcdef, X-Amz-Security-Token=${token}`,
    `{"SessionToken":"${token}","SecretAccessKey":"wJalrXUtnFEMI"} <SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey>`,
    `<SessionToken>${token}</SessionToken>`,
  ];
  const everythingIn = (error: AppError): string =>
    [
      error.message,
      error.code,
      JSON.stringify(error),
      (error.cause as Error).message,
      JSON.stringify(error.cause),
    ].join('\n');

  it.each(texts)('are in no message and no cause: %s', (text) => {
    for (const code of [
      'SignatureDoesNotMatch',
      'IncompleteSignature',
      'AccessDenied',
      'ValidationError',
      'New',
    ]) {
      const shown = everythingIn(classifyError(serviceError(code, 403, text), call));
      expect(shown).not.toContain(token);
      expect(shown).not.toContain('wJalrXUtnFEMI');
      expect(shown).not.toContain('AKIAIOSFODNN7EXAMPLE');
      expect(shown).not.toContain('0123456789abcdef');
    }
  });

  it.each(['SignatureDoesNotMatch', 'IncompleteSignature', 'MissingAuthenticationToken'])(
    'cannot hide in %s, of whose text nothing is kept',
    (code) => {
      const shown = everythingIn(
        classifyError(serviceError(code, 403, 'POST / the-canonical-request'), call),
      );
      expect(shown).not.toContain('the-canonical-request');
    },
  );

  it('do not come with the response that the SDK hangs on its errors', () => {
    const parse = Object.assign(networkError('Error', undefined, 200), {
      $responseBodyText: `<SessionToken>${token}</SessionToken>`,
    });
    expect(everythingIn(classifyError(parse, call))).not.toContain(token);
  });

  it('do not come with the piece of JSON at which a parser failed', () => {
    const parse = networkError(
      'SyntaxError',
      undefined,
      200,
      `Unexpected token 'x', ..."value":"${token}"x"... is not valid JSON`,
    );
    const error = classifyError(parse, call);
    expect(error).toMatchObject({ kind: 'transient', code: 'UnreadableAnswer' });
    expect(everythingIn(error)).not.toContain(token);
  });

  it('leaves long texts at a few hundred characters', () => {
    const error = classifyError(serviceError('ValidationError', 400, 'x'.repeat(10_000)), call);
    expect(error.message.length).toBeLessThan(700);
  });
});
