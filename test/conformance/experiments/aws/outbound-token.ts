// The token by which STS vouches for our role, and whether Entra takes it. [entra.md §9]

import { GetWebIdentityTokenCommand } from '@aws-sdk/client-sts';
import { allow, documentOf, trustUs } from '../../aws/documents.ts';
import { makeRole } from '../../aws/make.ts';
import { answerOf, isDenied } from '../../aws/refusal.ts';
import { enterAsUs } from '../../aws/sessions.ts';
import { graphScope } from '../../entra/entra-side.ts';
import { claimsOf, headOf } from '../../entra/json.ts';
import { makeApplication, makeServicePrincipal, succeeded } from '../../entra/make.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { messageOf } from '../../message.ts';
import { longMs, secondsOf, until } from '../../patience.ts';

const audience = 'api://AzureADTokenExchange';

interface Vouching {
  readonly roleArn: string;
  readonly token: () => Promise<string>;
}

/** The first token, and how to get another; or why there is none. */
const vouching = async (context: Context): Promise<Vouching | Observed> => {
  const { aws, patience } = context;
  const mayAsk = allow('sts:GetWebIdentityToken', '*', {
    'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': audience },
    StringEquals: { 'sts:SigningAlgorithm': 'RS256' },
  });
  const role = await makeRole(context, 'vouched', {
    trust: trustUs(aws),
    policies: { ask: documentOf(mayAsk) },
  });
  const { sts } = await enterAsUs(context, role.arn);
  const ask = () =>
    answerOf(
      sts.send(
        new GetWebIdentityTokenCommand({
          Audience: [audience],
          SigningAlgorithm: 'RS256',
          DurationSeconds: 300,
        }),
      ),
    );
  const first = await until(patience, ask, (answer) => !isDenied(answer));
  if (/OutboundWebIdentityFederationDisabled/.test(first.last.word))
    return untold(
      'outbound federation is off in this account: turn it on with `aws iam enable-outbound-web-identity-federation`, and afterwards off again',
    );
  if (first.last.value === undefined) return differs(`${first.last.word}: ${first.last.message}`);
  return { roleArn: role.arn, token: async () => (await ask()).value?.WebIdentityToken ?? '' };
};

const issuerForm = /^https:\/\/[^/]+\.tokens\.sts\.global\.api\.aws$/;

const lookAtToken = async (context: Context): Promise<Observed> => {
  const made = await vouching(context);
  if ('what' in made) return made;
  const token = await made.token();
  const { iss, sub, aud } = claimsOf(token);
  const { alg } = headOf(token);
  const what = `iss ${String(iss)}, sub ${sub === made.roleArn ? 'the ARN of the role' : String(sub)}, aud ${JSON.stringify(aud)}, alg ${String(alg)}`;
  const isRight = issuerForm.test(String(iss)) && sub === made.roleArn && aud === audience && alg === 'RS256';
  return isRight ? asExpected(what) : differs(what);
};

const signInWithToken = async (context: Context): Promise<Observed> => {
  const { entra, patience } = context;
  const made = await vouching(context);
  if ('what' in made) return made;
  const application = await makeApplication(context, 'vouched');
  await makeServicePrincipal(context, application);
  const body = {
    name: 'conformance',
    issuer: claimsOf(await made.token())['iss'],
    subject: made.roleArn,
    audiences: [audience],
  };
  succeeded(
    'making the federated credential',
    await entra.graph('POST', `/applications/${application.id}/federatedIdentityCredentials`, { body }),
  );
  const signIn = async (): Promise<string> => {
    try {
      return (await entra.tokenByAssertion(application.appId, await made.token(), graphScope)) === ''
        ? 'no token'
        : 'a token';
    } catch (error) {
      return messageOf(error).slice(0, 200);
    }
  };
  const { last, isDone, tookMs } = await until(patience, signIn, (answer) => answer === 'a token', {
    limitMs: longMs,
    everyMs: 10_000,
  });
  const what = `${last} after ${secondsOf(tookMs)}`;
  return isDone ? asExpected(what) : differs(what);
};

export const outboundToken: readonly Experiment[] = [
  {
    name: 'outbound-token-form',
    claim: 'iss, sub, aud and alg of an outbound token are as a federated credential of Entra asks for',
    source: 'entra.md §9',
    matters: { file: 'src/aws/web-identity-token.ts', how: '`credential: awsRole` signs in to Entra by it' },
    needs: ['aws'],
    expected: `iss https://….tokens.sts.global.api.aws, sub the role’s ARN, aud the text "${audience}", alg RS256`,
    makes: 'a role; asks for a token, if outbound federation is on in the account',
    run: lookAtToken,
  },
  {
    name: 'outbound-token-into-entra',
    claim:
      'Entra takes such a token for an application with a federated credential, once it has heard of that',
    source: 'entra.md §9',
    matters: { file: 'src/entra/credential.ts', how: '`credential: awsRole` signs in to Entra by it' },
    needs: ['aws', 'tenant'],
    expected: 'a token of Entra within minutes',
    makes: 'a role; an application with its service principal and a federated credential',
    run: signInWithToken,
  },
];
