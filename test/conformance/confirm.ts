// The account and the tenant that the credentials lead to must be those that the reader named. Until that is sure, nothing
// is asked of them but who we are.

import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { claimsOf } from './entra/json.ts';
import { messageOf } from './message.ts';
import { variables } from './settings.ts';

/** Nothing was touched. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }
}

export interface ConfirmedAccount {
  readonly accountId: string;
  readonly partition: string;
}

const whoWeAre = async (
  sts: Pick<STSClient, 'send'>,
): Promise<{ readonly account: string; readonly arn: string }> => {
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn };
  } catch (error) {
    throw new Refusal(`AWS does not say whose credentials these are: ${messageOf(error)}`);
  }
};

/** @throws Refusal */
export const confirmAccount = async (
  sts: Pick<STSClient, 'send'>,
  named: string,
): Promise<ConfirmedAccount> => {
  const { account, arn } = await whoWeAre(sts);
  if (account !== named)
    throw new Refusal(
      `${variables.account} is ${named}, but the credentials are of account ${account === '' ? '(unknown)' : account}: nothing was touched`,
    );
  if (arn.endsWith(':root'))
    throw new Refusal(
      `the credentials are of the root of account ${account}, which cannot assume roles: take a user or a role`,
    );
  return { accountId: account, partition: arn.split(':')[1] ?? 'aws' };
};

/** @throws Refusal */
export const confirmTenant = async (askForToken: () => Promise<string>, named: string): Promise<void> => {
  let token: string;
  try {
    token = await askForToken();
  } catch (error) {
    throw new Refusal(`Entra gives no token: ${messageOf(error)}`);
  }
  const tenant = claimsOf(token)['tid'];
  if (typeof tenant !== 'string' || tenant.toLowerCase() !== named.toLowerCase())
    throw new Refusal(
      `${variables.tenant} is ${named}, but the token is of tenant ${typeof tenant === 'string' ? tenant : '(unknown)'}: nothing was touched`,
    );
};
