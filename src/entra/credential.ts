// Which credential the controller signs in with, from the settings and the usual AZURE_ variables.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
  type TokenCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import { AppError } from '../domain/errors.ts';
import type { EntraCloud, EntraSettings } from '../domain/policy.ts';

type TimeLimitPolicy = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>[number];
type Environment = Readonly<Record<string, string | undefined>>;

const microsoftAuthorities: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
]);

const required = (env: Environment, variable: string, what: string): string => {
  const value = env[variable]?.trim();
  if (value !== undefined && value !== '') return value;
  throw new AppError('invalid', `${variable} is not set: set it to ${what}`, { resource: variable });
};

const authorityOf = (settings: EntraSettings, env: Environment): URL => {
  const given = env['AZURE_AUTHORITY_HOST']?.trim();
  const text = given === undefined || given === '' ? settings.authorityHost : given;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return url;
  throw new AppError('invalid', `authority host '${text}' is no https URL: set AZURE_AUTHORITY_HOST to one`, {
    resource: 'AZURE_AUTHORITY_HOST',
  });
};

const checkTenant = (settings: EntraSettings, env: Environment): void => {
  const given = env['AZURE_TENANT_ID']?.trim();
  if (given === undefined || given === '' || given.toLowerCase() === settings.tenantId.toLowerCase()) return;
  const message = `AZURE_TENANT_ID is ${given}, but the configuration says tenant ${settings.tenantId}: set both to the same tenant`;
  throw new AppError('invalid', message, { resource: 'AZURE_TENANT_ID' });
};

const checkReadable = async (path: string, variable: string): Promise<void> => {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new AppError(
      'invalid',
      `the file ${path} of ${variable} cannot be read: set ${variable} to a file that is there and that this user may read`,
      {
        resource: variable,
        cause,
      },
    );
  }
};

/** MSAL passes no abort signal on to its requests, so an endpoint that hangs would hold its connection for ever. */
const timeLimitPolicy = (limitMs: number): TimeLimitPolicy => ({
  position: 'perCall',
  policy: {
    name: 'rolewardenTimeLimit',
    sendRequest: async (request, next) => {
      request.timeout = limitMs;
      return await next(request);
    },
  },
});

interface SignIn {
  readonly make: () => TokenCredential;
  /** The file the credential reads, and the variable that names it. */
  readonly file?: { readonly path: string; readonly variable: string };
}

/** What the token must be for. [Learn: workload identity federation, national clouds] */
export const exchangeAudience: Readonly<Record<EntraCloud, string>> = {
  public: 'api://AzureADTokenExchange',
  usGovernment: 'api://AzureADTokenExchangeUSGov',
  china: 'api://AzureADTokenExchangeChina',
  custom: 'api://AzureADTokenExchange',
};

/** A token for an audience, from whoever vouches for us; throws `AppError`. */
export type AskForToken = (audience: string) => Promise<string>;

const nobodyVouches: AskForToken = () =>
  Promise.reject(
    new AppError('invalid', 'nobody vouches for the controller here: choose another credential'),
  );

interface Surroundings {
  readonly env: Environment;
  readonly authority: URL;
  readonly askForToken: AskForToken;
}

const signInBy = (settings: EntraSettings, { env, authority, askForToken }: Surroundings): SignIn => {
  const clientId = required(env, 'AZURE_CLIENT_ID', 'the client id of the registered application');
  const { tenantId } = settings;
  const options = {
    authorityHost: authority.href.replace(/\/+$/, ''),
    // With discovery on, @azure/identity asks Microsoft's public cloud whether it knows the host.
    disableInstanceDiscovery: !microsoftAuthorities.has(authority.hostname),
    // One place retries, and it is not here.
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [timeLimitPolicy(settings.requestTimeoutMs)],
  };
  switch (settings.credential) {
    case 'clientSecret': {
      const secret = required(env, 'AZURE_CLIENT_SECRET', 'the value of a client secret of the application');
      return { make: () => new ClientSecretCredential(tenantId, clientId, secret, options) };
    }
    case 'certificate': {
      const variable = 'AZURE_CLIENT_CERTIFICATE_PATH';
      const path = required(env, variable, 'a PEM file with certificate and private key');
      const password = env['AZURE_CLIENT_CERTIFICATE_PASSWORD'];
      const certificate = {
        certificatePath: path,
        ...(password === undefined || password === '' ? {} : { certificatePassword: password }),
      };
      const make = (): TokenCredential =>
        new ClientCertificateCredential(tenantId, clientId, certificate, options);
      return { make, file: { path, variable } };
    }
    case 'tokenFile': {
      const variable = 'AZURE_FEDERATED_TOKEN_FILE';
      const path = required(env, variable, 'the file that holds the workload identity token');
      const make = (): TokenCredential =>
        new WorkloadIdentityCredential({ ...options, tenantId, clientId, tokenFilePath: path });
      return { make, file: { path, variable } };
    }
    case 'awsRole': {
      const make = (): TokenCredential => {
        // It asks for the assertion more than once for one token.
        let token: Promise<string> | undefined;
        const assertion = (): Promise<string> => (token ??= askForToken(exchangeAudience[settings.cloud]));
        return new ClientAssertionCredential(tenantId, clientId, assertion, options);
      };
      return { make };
    }
  }
};

/**
 * The credential of the controller for Graph.
 * @param env AZURE_TENANT_ID (if set, must agree with the settings), AZURE_CLIENT_ID, AZURE_AUTHORITY_HOST (overrides the
 *   settings), and by `settings.credential` AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH (and
 *   AZURE_CLIENT_CERTIFICATE_PASSWORD) or AZURE_FEDERATED_TOKEN_FILE
 * @param askForToken for `awsRole`; called about once an hour
 * @throws AppError `invalid`, naming the variable to set
 */
export const entraCredential = (
  settings: EntraSettings,
  env: Environment,
  askForToken: AskForToken = nobodyVouches,
): TokenCredential => {
  checkTenant(settings, env);
  const { make, file } = signInBy(settings, { env, authority: authorityOf(settings, env), askForToken });
  return {
    getToken: async (scopes, options) => {
      if (file !== undefined) await checkReadable(file.path, file.variable);
      // A new client each time (about once an hour, since the token is kept by its user): MSAL's own memory would give the
      // refused token again after a 401, and refuse to ask for a minute after one 5xx.
      return await make().getToken(scopes, options);
    },
  };
};
