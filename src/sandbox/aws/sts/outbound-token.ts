// `GetWebIdentityToken`: STS vouches for the caller's role to somebody outside of AWS. [entra.md §9]

import { refusalTo } from '../authorize.ts';
import { optionalInteger, requiredText, textList } from '../query-protocol.ts';
import { ServiceError, accessDenied } from '../service-error.ts';
import { textElement, timeText } from '../xml.ts';
import type { StsAction } from './call.ts';
import { issueToken } from './web-identity-token.ts';

/** [STS API reference: GetWebIdentityToken] */
const defaultSeconds = 300;

export const getWebIdentityToken: StsAction = (call) => {
  const { caller, params, region, nowMs } = call;
  const account = call.account(caller?.accountId ?? '');
  if (caller === undefined || account === undefined)
    throw new ServiceError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  const audiences = textList(params, 'Audience');
  const algorithm = requiredText(params, 'SigningAlgorithm', { pattern: /^(?:RS256|ES384)$/ });
  const asked = optionalInteger(params, 'DurationSeconds', { min: 60, max: 3_600 });
  const refusal = refusalTo(
    { account, caller, region, nowMs, asked: call.asked },
    {
      action: 'sts:GetWebIdentityToken',
      resource: '*',
      context: {
        'sts:identitytokenaudience': audiences,
        'sts:signingalgorithm': [algorithm],
        ...(asked === undefined ? {} : { 'sts:durationseconds': [String(asked)] }),
      },
    },
  );
  if (refusal !== undefined) throw accessDenied(refusal);
  const [aud = ''] = audiences;
  const exp = Math.floor(nowMs / 1_000) + (asked ?? defaultSeconds);
  const iss = `https://${account.accountId}.tokens.sts.global.api.aws`;
  const token = issueToken({ iss, sub: caller.roleArn ?? caller.arn, aud, exp }, nowMs, call.tokenKey);
  return textElement('WebIdentityToken', token) + textElement('Expiration', timeText(exp * 1_000));
};
