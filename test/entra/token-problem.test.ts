import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { tokenProblem } from '../../src/entra/token-problem.ts';

/** As @azure/identity and MSAL throw them: a wrapper whose cause has the details. */
const wrapped = (message: string, details: object = {}): Error =>
  new Error(message, { cause: Object.assign(new Error(message), details) });

describe('why there is no token', () => {
  it.each([
    [
      'a wrong secret',
      wrapped('7000215: AADSTS7000215: Invalid client secret provided', { status: 401 }),
      'denied',
      'AADSTS7000215',
    ],
    [
      'an expired secret',
      wrapped('invalid_client: AADSTS7000222: expired', { status: 401 }),
      'denied',
      'AADSTS7000222',
    ],
    [
      'a code we have no advice for',
      wrapped('x: AADSTS123456: What', { status: 400 }),
      'denied',
      'AADSTS123456',
    ],
    [
      'a bad minute of theirs',
      wrapped('x: AADSTS90033: transient', { status: 503 }),
      'transient',
      'AADSTS90033',
    ],
    [
      'a federated credential that is not known everywhere yet',
      wrapped('invalid_client: AADSTS70021: No matching federated identity record', { status: 401 }),
      'transient',
      'AADSTS70021',
    ],
    ['throttling', wrapped('x', { errorCode: 'slow_down', status: 429 }), 'transient', 'slow_down'],
    [
      'a refusal without code',
      wrapped('x', { errorCode: 'invalid_client', status: 401 }),
      'denied',
      'invalid_client',
    ],
    ['no network', wrapped('x', { errorCode: 'network_error' }), 'transient', 'network_error'],
    [
      'no sign-in configuration',
      new Error('endpoints_resolution_error: See'),
      'transient',
      'endpoints_resolution_error',
    ],
    [
      'a wrong certificate password',
      Object.assign(new Error('x'), { code: 'ERR_OSSL_BAD_DECRYPT' }),
      'invalid',
      'ERR_OSSL_BAD_DECRYPT',
    ],
    ['anything', 'text', 'transient', 'unknown'],
  ])('%s', (_name, thrown, kind, code) => {
    expect(tokenProblem(thrown)).toMatchObject({ kind, code });
  });

  it('says what to do', () => {
    const problem = tokenProblem(wrapped('AADSTS7000215: no', { status: 401 }));
    expect(problem.message).toBe(
      'entra gave no token (AADSTS7000215): the client secret is wrong; set AZURE_CLIENT_SECRET to the value of the secret, not to its id',
    );
  });

  it('says that a new federated credential is waited for', () => {
    const problem = tokenProblem(wrapped('AADSTS700213: No matching', { status: 401 }));
    expect(problem.message).toMatch(
      /one that was just made counts after some minutes, .* tried again at each poll/,
    );
  });

  it('keeps a problem of ours as it is, however deep it lies', () => {
    const ours = new AppError('invalid', 'the file cannot be read');
    expect(tokenProblem(new Error('outer', { cause: new Error('inner', { cause: ours }) }))).toBe(ours);
  });

  it('survives causes that form a circle', () => {
    const one = new Error('one');
    one.cause = new Error('two', { cause: one });
    expect(tokenProblem(one).kind).toBe('transient');
  });

  it('keeps nothing of what was thrown, because it carries the request with the secret', () => {
    const thrown = wrapped('x', { request: { body: 'client_secret=hush' } });
    expect(inspect(tokenProblem(thrown), { depth: 20, showHidden: true })).not.toContain('hush');
  });
});
