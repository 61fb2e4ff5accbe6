// What the reader gives by environment variables: which account and which tenant may be used, and what else there is.

export interface AccountSettings {
  readonly id: string;
  readonly region: string;
}

export interface TenantSettings {
  readonly id: string;
  readonly clientId: string;
  readonly credential: 'clientSecret' | 'certificate' | 'tokenFile';
  readonly authority: string;
  readonly graphEndpoint: string;
}

export interface Settings {
  readonly account: AccountSettings | undefined;
  readonly tenant: TenantSettings | undefined;
  readonly subnet: string | undefined;
  readonly deltaLink: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const variables = {
  account: 'ROLEWARDEN_CONFORMANCE_ACCOUNT',
  tenant: 'ROLEWARDEN_CONFORMANCE_TENANT',
  subnet: 'ROLEWARDEN_CONFORMANCE_SUBNET',
  deltaLink: 'ROLEWARDEN_CONFORMANCE_DELTA_LINK',
  graph: 'ROLEWARDEN_CONFORMANCE_GRAPH',
} as const;

type Read<T> = { readonly value: T | undefined; readonly problems: readonly string[] };

const textIn = (env: Environment, name: string): string | undefined => {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
};

const readAccount = (env: Environment): Read<AccountSettings> => {
  const id = textIn(env, variables.account);
  if (id === undefined) return { value: undefined, problems: [] };
  if (!/^\d{12}$/.test(id))
    return {
      value: undefined,
      problems: [`${variables.account} is '${id}': an account id has twelve digits`],
    };
  const region = textIn(env, 'AWS_REGION') ?? textIn(env, 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  return { value: { id, region }, problems: [] };
};

const credentialIn = (env: Environment): TenantSettings['credential'] | undefined => {
  if (textIn(env, 'AZURE_CLIENT_SECRET') !== undefined) return 'clientSecret';
  if (textIn(env, 'AZURE_CLIENT_CERTIFICATE_PATH') !== undefined) return 'certificate';
  return textIn(env, 'AZURE_FEDERATED_TOKEN_FILE') === undefined ? undefined : 'tokenFile';
};

const httpsIn = (env: Environment, name: string, usual: string): string =>
  (textIn(env, name) ?? usual).replace(/\/+$/, '');

const readTenant = (env: Environment): Read<TenantSettings> => {
  const id = textIn(env, variables.tenant);
  if (id === undefined) return { value: undefined, problems: [] };
  const clientId = textIn(env, 'AZURE_CLIENT_ID');
  const credential = credentialIn(env);
  const authority = httpsIn(env, 'AZURE_AUTHORITY_HOST', 'https://login.microsoftonline.com');
  const graphEndpoint = httpsIn(env, variables.graph, 'https://graph.microsoft.com');
  const problems = [
    ...(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
      ? []
      : [`${variables.tenant} is '${id}': a tenant id is a UUID, not a domain`]),
    ...(clientId === undefined
      ? ['AZURE_CLIENT_ID is not set: it is the application that conformance signs in as']
      : []),
    ...(credential === undefined
      ? ['none of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH and AZURE_FEDERATED_TOKEN_FILE is set']
      : []),
    ...[authority, graphEndpoint]
      .filter((url) => !URL.canParse(url) || new URL(url).protocol !== 'https:')
      .map((url) => `'${url}' is no https URL`),
  ];
  if (problems.length > 0 || clientId === undefined || credential === undefined)
    return { value: undefined, problems };
  return { value: { id: id.toLowerCase(), clientId, credential, authority, graphEndpoint }, problems };
};

/** `problems` are sentences for the reader; with any of them nothing may be run. */
export const readSettings = (
  env: Environment,
): { readonly settings: Settings; readonly problems: readonly string[] } => {
  const account = readAccount(env);
  const tenant = readTenant(env);
  return {
    settings: {
      account: account.value,
      tenant: tenant.value,
      subnet: textIn(env, variables.subnet),
      deltaLink: textIn(env, variables.deltaLink),
    },
    problems: [...account.problems, ...tenant.problems],
  };
};
