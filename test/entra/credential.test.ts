import { describe, expect, it } from 'vitest';
import type { EntraCredential } from '../../src/domain/policy.ts';
import { AppError } from '../../src/domain/errors.ts';
import { entraCredential } from '../../src/entra/credential.ts';
import { ids, uuid } from './contoso.ts';
import { settingsFor } from './graph-harness.ts';

const settings = (credential: EntraCredential) => ({ ...settingsFor('https://login.test'), credential });
const secret = 'very-secret';
const complete = {
  AZURE_TENANT_ID: ids.tenant,
  AZURE_CLIENT_ID: ids.client,
  AZURE_CLIENT_SECRET: secret,
  AZURE_CLIENT_CERTIFICATE_PATH: '/nowhere/cert.pem',
  AZURE_FEDERATED_TOKEN_FILE: '/nowhere/token',
};
type Variable = keyof typeof complete | 'AZURE_AUTHORITY_HOST';

const messageOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid') return error.message;
  }
  return 'nothing was thrown';
};

describe('the environment', () => {
  it.each<[EntraCredential, Variable, string | undefined, string]>([
    ['clientSecret', 'AZURE_CLIENT_ID', undefined, 'AZURE_CLIENT_ID is not set'],
    ['clientSecret', 'AZURE_CLIENT_SECRET', undefined, 'AZURE_CLIENT_SECRET is not set'],
    ['clientSecret', 'AZURE_CLIENT_SECRET', '  ', 'AZURE_CLIENT_SECRET is not set'],
    ['certificate', 'AZURE_CLIENT_CERTIFICATE_PATH', undefined, 'AZURE_CLIENT_CERTIFICATE_PATH is not set'],
    ['tokenFile', 'AZURE_FEDERATED_TOKEN_FILE', '', 'AZURE_FEDERATED_TOKEN_FILE is not set'],
    ['awsRole', 'AZURE_CLIENT_ID', undefined, 'AZURE_CLIENT_ID is not set'],
    [
      'clientSecret',
      'AZURE_TENANT_ID',
      uuid('f', 9),
      `AZURE_TENANT_ID is ${uuid('f', 9)}, but the configuration`,
    ],
    ['clientSecret', 'AZURE_AUTHORITY_HOST', 'http://login.test', "'http://login.test' is no https URL"],
    ['clientSecret', 'AZURE_AUTHORITY_HOST', 'login.test', "'login.test' is no https URL"],
  ])('for %s with %s = %s is refused: %s', (credential, variable, value, says) => {
    const message = messageOf(() =>
      entraCredential(settings(credential), { ...complete, [variable]: value }),
    );
    expect(message).toContain(says);
    expect(message).not.toContain(secret);
  });

  it.each<[EntraCredential, Variable, string | undefined]>([
    ['clientSecret', 'AZURE_TENANT_ID', undefined],
    ['clientSecret', 'AZURE_TENANT_ID', ids.tenant.toUpperCase()],
    ['clientSecret', 'AZURE_AUTHORITY_HOST', 'https://login.microsoftonline.us/'],
    ['clientSecret', 'AZURE_CLIENT_CERTIFICATE_PATH', undefined],
    ['certificate', 'AZURE_CLIENT_SECRET', undefined],
    ['tokenFile', 'AZURE_CLIENT_SECRET', undefined],
    ['awsRole', 'AZURE_CLIENT_SECRET', undefined],
  ])('for %s with %s = %s is accepted', (credential, variable, value) => {
    const make = () => entraCredential(settings(credential), { ...complete, [variable]: value });
    expect(messageOf(make)).toBe('nothing was thrown');
  });
});

it.each<[EntraCredential, string]>([
  [
    'certificate',
    'the file /nowhere/cert.pem of AZURE_CLIENT_CERTIFICATE_PATH cannot be read: set AZURE_CLIENT_CERTIFICATE_PATH to a file that is there and that this user may read',
  ],
  [
    'tokenFile',
    'the file /nowhere/token of AZURE_FEDERATED_TOKEN_FILE cannot be read: set AZURE_FEDERATED_TOKEN_FILE to a file that is there and that this user may read',
  ],
])('a missing file of %s is named when a token is asked for', async (credential, message) => {
  const asked = entraCredential(settings(credential), complete).getToken('https://graph.test/.default');
  await expect(asked).rejects.toMatchObject({ kind: 'invalid', message });
});

it('where nobody vouches for us, awsRole says so', async () => {
  const asked = entraCredential(settings('awsRole'), complete).getToken('https://graph.test/.default');
  await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('nobody vouches') });
});
