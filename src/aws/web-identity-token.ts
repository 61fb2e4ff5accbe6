// A token by which STS vouches for our own role to somebody outside of AWS: outbound identity federation. [entra.md §9]

import { GetWebIdentityTokenCommand } from '@aws-sdk/client-sts';
import { AppError } from '../domain/errors.ts';
import { classifyError } from './classify-error.ts';
import { type OwnStsOptions, withOwnSts } from './own-sts.ts';

export interface WebIdentityTokensOptions extends OwnStsOptions {
  /** Whose STS is asked: the global one does not have it. */
  readonly region: string | undefined;
}

/** Entra takes no other algorithm, and the token is used at once. The role's policy allows just these. */
const wanted = { SigningAlgorithm: 'RS256', DurationSeconds: 300 } as const;

const action = 'sts:GetWebIdentityToken';

/** The `sub` of the token is the ARN of our role. Throws `AppError`. */
export const webIdentityToken = async (
  options: WebIdentityTokensOptions,
  audience: string,
): Promise<string> => {
  const { region } = options;
  if (region === undefined || region === '')
    throw new AppError(
      'invalid',
      `AWS_REGION is not set: set it to the region whose STS is asked for a token`,
      {
        resource: 'AWS_REGION',
      },
    );
  try {
    const command = new GetWebIdentityTokenCommand({ Audience: [audience], ...wanted });
    const answer = await withOwnSts(options, region, (client) => client.send(command));
    if (answer.WebIdentityToken) return answer.WebIdentityToken;
  } catch (error) {
    throw classifyError(error, { action, resource: `a token for ${audience}` });
  }
  throw new AppError('transient', 'STS answered without a token: it is asked again', { code: 'noToken' });
};
