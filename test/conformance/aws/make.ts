// Making things in IAM. Each is named after the run, carries its tag, and its undoing is noted before it is made.

import {
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteSAMLProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Context } from '../experiment.ts';
import { foundBefore, type Making, surely } from '../making.ts';
import type { UndoStep } from '../undo.ts';
import type { Clients } from './aws-side.ts';
import { answerOf, codeOf, isDeleted, isPassing } from './refusal.ts';

export const conformancePath = '/rolewarden-conformance/';
export const tagKey = 'rolewarden:conformance';
const tagsFor = ({ prefix }: Context) => [{ Key: tagKey, Value: prefix }];

/** The name is this experiment's alone: what is there already was made by a request whose answer was lost. */
const make = async (making: Making, request: () => Promise<unknown>): Promise<void> => {
  making.progress = 'not answered';
  try {
    await request();
    making.progress = 'made';
  } catch (error) {
    const code = codeOf(error);
    if (code?.startsWith('EntityAlreadyExists') === true) return;
    if (code !== undefined && !isPassing(code)) making.progress = 'refused';
    throw error;
  }
};

const inlinePolicies = async ({ iam }: Clients, name: string): Promise<readonly string[]> => {
  const { value } = await answerOf(iam.send(new ListRolePoliciesCommand({ RoleName: name })));
  return value?.PolicyNames ?? [];
};

/** A replica that lags may list too few policies, so those that we know of go too. */
const deleteRole = async (clients: Clients, name: string, known: ReadonlySet<string>): Promise<boolean> => {
  const { iam } = clients;
  for (const policy of new Set([...known, ...(await inlinePolicies(clients, name))]))
    await isDeleted(iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: policy })));
  return await isDeleted(iam.send(new DeleteRoleCommand({ RoleName: name })));
};

export const roleUndo = (
  clients: Clients,
  name: string,
  making: Making = foundBefore,
  policies: ReadonlySet<string> = new Set(),
): UndoStep => ({
  what: `IAM role ${name}`,
  command: `for p in $(aws iam list-role-policies --role-name ${name} --query PolicyNames --output text); do aws iam delete-role-policy --role-name ${name} --policy-name "$p"; done; aws iam delete-role --role-name ${name}`,
  run: surely(making, () => deleteRole(clients, name, policies)),
});

export interface NewRole {
  readonly trust: string;
  /** Inline policies by name. */
  readonly policies?: Readonly<Record<string, string>>;
  readonly boundary?: string;
  /** Names of inline policies that are put on it later. */
  readonly later?: readonly string[];
}

/** The name that a thing of this run has. */
export const named = ({ prefix }: Context, label: string): string => `${prefix}-${label}`;

export const roleArnOf = ({ aws }: Context, name: string): string =>
  `arn:${aws.partition}:iam::${aws.accountId}:role${conformancePath}${name}`;

/** Throws what IAM refuses it with. */
export const makeRole = async (
  context: Context,
  label: string,
  { trust, policies = {}, boundary, later = [] }: NewRole,
): Promise<{ readonly name: string; readonly arn: string }> => {
  const { aws, undo } = context;
  const name = named(context, label);
  const making: Making = { progress: 'not asked' };
  const known = new Set([...Object.keys(policies), ...later]);
  undo.add(roleUndo(aws.steadfast, name, making, known));
  await make(making, () =>
    aws.iam.send(
      new CreateRoleCommand({
        RoleName: name,
        Path: conformancePath,
        AssumeRolePolicyDocument: trust,
        Description: 'Of a conformance run of Rolewarden; may be deleted.',
        Tags: tagsFor(context),
        ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
      }),
    ),
  );
  for (const [policy, document] of Object.entries(policies)) await putPolicy(context, name, policy, document);
  return { name, arn: roleArnOf(context, name) };
};

/** Goes with its role. */
export const putPolicy = async (
  { aws }: Context,
  role: string,
  policy: string,
  document: string,
): Promise<void> => {
  await aws.iam.send(
    new PutRolePolicyCommand({ RoleName: role, PolicyName: policy, PolicyDocument: document }),
  );
};

export const policyUndo = ({ iam }: Clients, arn: string, making: Making = foundBefore): UndoStep => ({
  what: `IAM policy ${arn}`,
  command: `aws iam delete-policy --policy-arn ${arn}`,
  run: surely(making, () => isDeleted(iam.send(new DeletePolicyCommand({ PolicyArn: arn })))),
});

export const makePolicy = async (context: Context, label: string, document: string): Promise<string> => {
  const { aws, undo } = context;
  const name = named(context, label);
  const arn = `arn:${aws.partition}:iam::${aws.accountId}:policy${conformancePath}${name}`;
  const making: Making = { progress: 'not asked' };
  undo.add(policyUndo(aws.steadfast, arn, making));
  const input = { PolicyName: name, Path: conformancePath, PolicyDocument: document, Tags: tagsFor(context) };
  await make(making, () => aws.iam.send(new CreatePolicyCommand(input)));
  return arn;
};

export const samlProviderUndo = ({ iam }: Clients, arn: string, making: Making = foundBefore): UndoStep => ({
  what: `SAML provider ${arn}`,
  command: `aws iam delete-saml-provider --saml-provider-arn ${arn}`,
  run: surely(making, () => isDeleted(iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn: arn })))),
});

export const makeSamlProvider = async (
  context: Context,
  label: string,
  metadata: string,
): Promise<string> => {
  const { aws, undo } = context;
  const name = named(context, label);
  const arn = `arn:${aws.partition}:iam::${aws.accountId}:saml-provider/${name}`;
  const making: Making = { progress: 'not asked' };
  undo.add(samlProviderUndo(aws.steadfast, arn, making));
  const input = { Name: name, SAMLMetadataDocument: metadata, Tags: tagsFor(context) };
  await make(making, () => aws.iam.send(new CreateSAMLProviderCommand(input)));
  return arn;
};

/** Whether the provider was made by a conformance run; undefined: there is none. */
const isOurs = async ({ iam }: Clients, arn: string): Promise<boolean | undefined> => {
  const { value, word } = await answerOf(
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
  if (word.startsWith('NoSuchEntity')) return undefined;
  if (value === undefined) throw new Error(`GetOpenIDConnectProvider: ${word}`);
  return (value.Tags ?? []).some(({ Key }) => Key === tagKey);
};

/** Its address cannot be named after the run, so it goes only if it carries our tag. */
export const oidcProviderUndo = (clients: Clients, arn: string, making: Making = foundBefore): UndoStep => ({
  what: `OpenID Connect provider ${arn}`,
  command: `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}`,
  run: surely(making, async () => {
    const ours = await isOurs(clients, arn);
    if (ours === true)
      await clients.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    return ours !== undefined;
  }),
});

const sameAddress = (one: string, other: string): boolean =>
  one.replace(/\/$/, '') === other.replace(/\/$/, '');

/** undefined: the account has this provider already, and it is not to be touched. */
export const makeOidcProvider = async (
  context: Context,
  url: string,
  clientIds: readonly string[],
): Promise<string | undefined> => {
  const { aws, undo } = context;
  const arn = `arn:${aws.partition}:iam::${aws.accountId}:oidc-provider/${url.replace('https://', '')}`;
  const { OpenIDConnectProviderList: listed = [] } = await aws.iam.send(
    new ListOpenIDConnectProvidersCommand({}),
  );
  if (listed.some(({ Arn = '' }) => sameAddress(Arn, arn))) return undefined;
  const making: Making = { progress: 'not asked' };
  undo.add(oidcProviderUndo(aws.steadfast, arn, making));
  let given = arn;
  await make(making, async () => {
    const input = { Url: url, ClientIDList: [...clientIds], Tags: tagsFor(context) };
    const made = await aws.iam.send(new CreateOpenIDConnectProviderCommand(input));
    given = made.OpenIDConnectProviderArn ?? arn;
  });
  // IAM may have written the address otherwise, which is among what is asked.
  if (given !== arn) undo.add(oidcProviderUndo(aws.steadfast, given, making));
  return given;
};
