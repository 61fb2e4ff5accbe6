// Tokens of Entra for workloads, and what IAM reads in them. [aws.md §2.1, §2.2; entra.md §1b]

import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { trustStatements } from '../../../../src/domain/render-trust-grants.ts';
import type { JsonObject } from '../../../../src/domain/statement.ts';
import { documentOf } from '../../aws/documents.ts';
import { makeOidcProvider, makeRole } from '../../aws/make.ts';
import { type Answer, answerOf, isAccepted } from '../../aws/refusal.ts';
import { claimsOf, textOf } from '../../entra/json.ts';
import { makeApplication, makeServicePrincipal, succeeded } from '../../entra/make.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { longMs, secondsOf, steadyMs, until } from '../../patience.ts';

interface Resource {
  readonly appId: string;
  /** As ourselves, for this resource. */
  readonly token: () => Promise<string>;
}

/** An application whose tokens we may have. */
const resourceOf = async (context: Context, version: 1 | 2): Promise<Resource> => {
  const { entra, patience } = context;
  const application = await makeApplication(context, 'resource', {
    api: { requestedAccessTokenVersion: version },
  });
  const identifierUris = [`api://${application.appId}`];
  succeeded(
    'naming the application',
    await entra.graph('PATCH', `/applications/${application.id}`, { body: { identifierUris } }),
  );
  await makeServicePrincipal(context, application);
  const scope = `api://${application.appId}/.default`;
  const token = (): Promise<string> => entra.ownToken(scope);
  // Entra says that it does not know the resource until it has heard of it.
  const heard = await until(
    patience,
    () => token().catch(() => ''),
    (text) => text !== '',
    { everyMs: 5_000 },
  );
  if (!heard.isDone) await token();
  return { appId: application.appId, token };
};

const ownObjectId = async ({ entra }: Context): Promise<string> => {
  const path = `/servicePrincipals(appId='${entra.clientId}')?$select=id`;
  return textOf(succeeded('reading our own service principal', await entra.graph('GET', path)).body, 'id');
};

const enterBy = async ({ aws }: Context, roleArn: string, token: string): Promise<Answer> =>
  await answerOf(
    aws.sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: 'conformance',
        WebIdentityToken: token,
      }),
    ),
  );

const enterAtLast = async (context: Context, roleArn: string, token: string, limitMs: number = longMs) =>
  await until(context.patience, () => enterBy(context, roleArn, token), isAccepted, { limitMs });

const subIsObjectId = async (context: Context): Promise<Observed> => {
  const resource = await resourceOf(context, 2);
  const { sub, oid, ver, azp, aud } = claimsOf(await resource.token());
  const own = await ownObjectId(context);
  const what = `ver ${String(ver)}: sub is ${sub === own ? 'the object id' : String(sub)}, oid ${oid === own ? 'the object id' : String(oid)}, azp ${azp === context.entra.clientId ? 'the client id' : String(azp)}, aud ${aud === resource.appId ? 'the id of the resource' : String(aud)}`;
  if (ver !== '2.0') return untold(`the token is no v2 token: ${what}`);
  return sub === own && oid === own ? asExpected(what) : differs(what);
};

const alreadyThere = (url: string): Observed =>
  untold(`the account has a provider for ${url} already, and that is not touched`);

const azpDecides = async (context: Context): Promise<Observed> => {
  const { entra } = context;
  const resource = await resourceOf(context, 2);
  const token = await resource.token();
  const { iss, azp, aud, sub } = claimsOf(token);
  if (typeof azp !== 'string' || azp === aud)
    return untold(`the token has azp ${String(azp)} and aud ${String(aud)}`);
  const url = String(iss);
  const provider = await makeOidcProvider(context, url, [azp, String(aud)]);
  if (provider === undefined) return alreadyThere(url);
  const grant = { kind: 'servicePrincipal', provider, sub: String(sub), untilMs: undefined } as const;
  const trustWith = (audKey: string, oaud: string | undefined): string =>
    documentOf(...trustStatements([{ ...grant, aud: audKey, oaud }], [], [provider]));
  const ours = await makeRole(context, 'ours', { trust: trustWith(azp, String(aud)) });
  const other = await makeRole(context, 'other', { trust: trustWith(String(aud), undefined) });
  const entered = await enterAtLast(context, ours.arn, token);
  const beside = await enterAtLast(context, other.arn, token, entered.isDone ? steadyMs : 1);
  const what = `:aud = azp and :oaud = aud: ${entered.last.word}; :aud = aud: ${beside.last.word} for ${secondsOf(beside.tookMs)}`;
  if (entered.isDone && !beside.isDone) return asExpected(what);
  return beside.isDone
    ? differs(what)
    : differs(`${what} (${entered.last.message}; client ${entra.clientId})`);
};

const keepsSlash = async (context: Context): Promise<Observed> => {
  const resource = await resourceOf(context, 1);
  const token = await resource.token();
  const { iss, aud, sub } = claimsOf(token);
  const url = String(iss);
  if (!url.endsWith('/')) return untold(`the issuer of the token is ${url}`);
  const provider = await makeOidcProvider(context, url, [String(aud)]);
  if (provider === undefined) return alreadyThere(url);
  const withKeys = (prefix: string): JsonObject => ({
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${prefix}:aud`]: aud as string, [`${prefix}:sub`]: sub as string } },
  });
  const issuer = url.replace('https://', '');
  const slashed = await makeRole(context, 'slash', { trust: documentOf(withKeys(issuer)) });
  const bare = await makeRole(context, 'bare', { trust: documentOf(withKeys(issuer.replace(/\/$/, ''))) });
  const entered = await enterAtLast(context, slashed.arn, token);
  const beside = await enterAtLast(context, bare.arn, token, entered.isDone ? steadyMs : 1);
  const what = `the provider is …${provider.slice(-6)}; keys with the slash: ${entered.last.word}; without: ${beside.last.word}`;
  return provider.endsWith('/') && entered.isDone && !beside.isDone ? asExpected(what) : differs(what);
};

export const workloadTokens: readonly Experiment[] = [
  {
    name: 'v2-app-token-sub-is-object-id',
    claim:
      'sub and oid of a v2 token for an application by itself are the object id of its service principal',
    source: 'entra.md §11',
    matters: {
      file: 'src/desired/resolve-desired.ts',
      how: 'workloads are admitted by their object id as :sub',
    },
    needs: ['tenant'],
    expected: 'both are the object id',
    makes: 'an application and its service principal',
    run: subIsObjectId,
  },
  {
    name: 'v2-token-azp-is-aud',
    claim: 'of a v2 token whose azp is not its aud, IAM reads :aud from azp and :oaud from aud',
    source: 'aws.md §11.6',
    matters: {
      file: 'src/domain/render-trust-grants.ts',
      how: 'workloads with v2 tokens are admitted by :aud = client id and :oaud = audience',
    },
    needs: ['aws', 'tenant'],
    expected: 'let in by azp, refused by aud',
    makes: 'an OpenID Connect provider and two roles; an application and its service principal',
    run: azpDecides,
  },
  {
    name: 'v1-issuer-keeps-its-slash',
    claim: 'a provider for https://sts.windows.net/TENANT/ keeps the slash in its ARN and its condition keys',
    source: 'entra.md §11',
    matters: {
      file: 'src/domain/trust-grants.ts',
      how: 'the keys begin with the ARN’s text behind oidc-provider/',
    },
    needs: ['aws', 'tenant'],
    expected: 'let in by keys with the slash, refused by keys without',
    makes: 'an OpenID Connect provider and two roles; an application and its service principal',
    run: keepsSlash,
  },
];
