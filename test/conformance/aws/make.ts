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
import type { UndoStep } from '../undo.ts';
import type { Clients } from './aws-side.ts';
import { answerOf, codeOf, isAccepted, unlessGone } from './refusal.ts';

export const conformancePath = '/rolewarden-conformance/';
export const tagKey = 'rolewarden:conformance';
const tagOf = (prefix: string): string => prefix.split('-').at(-1) ?? prefix;
const tagsFor = ({ prefix }: Context) => [{ Key: tagKey, Value: tagOf(prefix) }];

/** The name is this run's alone: what is there already was made by a request whose answer was lost. */
const unlessThere = async (request: Promise<unknown>): Promise<void> => {
  try {
    await request;
  } catch (error) {
    if (codeOf(error) !== 'EntityAlreadyExists' && codeOf(error) !== 'EntityAlreadyExistsException')
      throw error;
  }
};

const deleteRole = async ({ iam }: Clients, name: string): Promise<void> => {
  await unlessGone(
    (async () => {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: name }));
      for (const policy of PolicyNames)
        await unlessGone(iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: policy })));
      await iam.send(new DeleteRoleCommand({ RoleName: name }));
    })(),
  );
};

export const roleUndo = (clients: Clients, name: string): UndoStep => ({
  what: `IAM role ${name}`,
  command: `for p in $(aws iam list-role-policies --role-name ${name} --query PolicyNames --output text); do aws iam delete-role-policy --role-name ${name} --policy-name "$p"; done; aws iam delete-role --role-name ${name}`,
  run: () => deleteRole(clients, name),
});

export interface NewRole {
  readonly trust: string;
  /** Inline policies by name. */
  readonly policies?: Readonly<Record<string, string>>;
  readonly boundary?: string;
}

/** The name that a thing of this run has. */
export const named = ({ prefix }: Context, label: string): string => `${prefix}-${label}`;

export const roleArnOf = ({ aws }: Context, name: string): string =>
  `arn:${aws.partition}:iam::${aws.accountId}:role${conformancePath}${name}`;

/** Throws what IAM refuses it with. */
export const makeRole = async (
  context: Context,
  label: string,
  { trust, policies = {}, boundary }: NewRole,
): Promise<{ readonly name: string; readonly arn: string }> => {
  const { aws, undo } = context;
  const name = named(context, label);
  undo.add(roleUndo(aws.steadfast, name));
  await unlessThere(
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

export const policyUndo = ({ iam }: Clients, arn: string): UndoStep => ({
  what: `IAM policy ${arn}`,
  command: `aws iam delete-policy --policy-arn ${arn}`,
  run: () => unlessGone(iam.send(new DeletePolicyCommand({ PolicyArn: arn }))),
});

export const makePolicy = async (context: Context, label: string, document: string): Promise<string> => {
  const { aws, undo } = context;
  const name = named(context, label);
  const arn = `arn:${aws.partition}:iam::${aws.accountId}:policy${conformancePath}${name}`;
  undo.add(policyUndo(aws.steadfast, arn));
  const input = { PolicyName: name, Path: conformancePath, PolicyDocument: document, Tags: tagsFor(context) };
  await unlessThere(aws.iam.send(new CreatePolicyCommand(input)));
  return arn;
};

export const samlProviderUndo = ({ iam }: Clients, arn: string): UndoStep => ({
  what: `SAML provider ${arn}`,
  command: `aws iam delete-saml-provider --saml-provider-arn ${arn}`,
  run: () => unlessGone(iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn: arn }))),
});

export const makeSamlProvider = async (
  context: Context,
  label: string,
  metadata: string,
): Promise<string> => {
  const { aws, undo } = context;
  const name = named(context, label);
  const arn = `arn:${aws.partition}:iam::${aws.accountId}:saml-provider/${name}`;
  undo.add(samlProviderUndo(aws.steadfast, arn));
  const input = { Name: name, SAMLMetadataDocument: metadata, Tags: tagsFor(context) };
  await unlessThere(aws.iam.send(new CreateSAMLProviderCommand(input)));
  return arn;
};

/** Whether the provider is there and was made by a conformance run: only then may it go. */
const isOurs = async ({ iam }: Clients, arn: string, value: string | undefined): Promise<boolean> => {
  const { value: found, word } = await answerOf(
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
  if (word !== 'accepted' && !word.startsWith('NoSuchEntity'))
    throw new Error(`GetOpenIDConnectProvider: ${word}`);
  return (found?.Tags ?? []).some(
    (tag) => tag.Key === tagKey && (value === undefined || tag.Value === value),
  );
};

/** Its address cannot be named after the run, so its tag is asked for. */
export const oidcProviderUndo = (clients: Clients, arn: string, prefix?: string): UndoStep => ({
  what: `OpenID Connect provider ${arn}`,
  command: `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}`,
  run: async () => {
    if (!(await isOurs(clients, arn, prefix === undefined ? undefined : tagOf(prefix)))) return;
    await unlessGone(
      clients.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    );
  },
});

/** undefined: the account has this provider already, and it is not to be touched. */
export const makeOidcProvider = async (
  context: Context,
  url: string,
  clientIds: readonly string[],
): Promise<string | undefined> => {
  const { aws, undo, prefix } = context;
  const arn = `arn:${aws.partition}:iam::${aws.accountId}:oidc-provider/${url.replace('https://', '')}`;
  const listed = await aws.iam.send(new ListOpenIDConnectProvidersCommand({}));
  const same = (one: string | undefined): boolean => one?.replace(/\/$/, '') === arn.replace(/\/$/, '');
  if (listed.OpenIDConnectProviderList?.some(({ Arn }) => same(Arn)) === true) return undefined;
  undo.add(oidcProviderUndo(aws.steadfast, arn, prefix));
  const made = await answerOf(
    aws.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: url,
        ClientIDList: [...clientIds],
        Tags: tagsFor(context),
      }),
    ),
  );
  if (!isAccepted(made) && !made.word.startsWith('EntityAlreadyExists'))
    throw new Error(`CreateOpenIDConnectProvider: ${made.word}: ${made.message}`);
  const given = made.value?.OpenIDConnectProviderArn ?? arn;
  if (given !== arn) undo.add(oidcProviderUndo(aws.steadfast, given, prefix));
  return given;
};
