// Entering roles: as ourselves, or as a person of our own identity provider.

import {
  AssumeRoleCommand,
  AssumeRoleWithSAMLCommand,
  type Credentials as Issued,
} from '@aws-sdk/client-sts';
import type { Context } from '../experiment.ts';
import { type Waited, until } from '../patience.ts';
import type { Clients, Credentials } from './aws-side.ts';
import { samlAudience } from './documents.ts';
import { makeSamlProvider } from './make.ts';
import { type Answer, answerOf, isAccepted } from './refusal.ts';
import { makeSamlIdp, type Person } from './saml-idp.ts';

/** What there is to see from inside. */
export const clientsOf = ({ aws }: Context, issued: Issued | undefined): Clients => {
  const credentials: Credentials = {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    ...(issued?.SessionToken === undefined ? {} : { sessionToken: issued.SessionToken }),
  };
  return aws.as(credentials);
};

/** Waits until the role lets us in; throws when it does not. */
export const enterAsUs = async (context: Context, roleArn: string): Promise<Clients> => {
  const { aws, patience } = context;
  const input = { RoleArn: roleArn, RoleSessionName: 'conformance' };
  const entered = await until(
    patience,
    () => answerOf(aws.sts.send(new AssumeRoleCommand(input))),
    isAccepted,
  );
  if (!entered.isDone)
    throw new Error(`${roleArn} did not let us in: ${entered.last.word}: ${entered.last.message}`);
  return clientsOf(context, entered.last.value?.Credentials);
};

export type Visitor = Partial<Person> & Pick<Person, 'nameId'>;
export type Entry = Answer<{ readonly Credentials?: Issued | undefined }>;

/** An identity provider of our own, known to the account. */
export interface SamlStage {
  readonly providerArn: string;
  readonly audience: string;
  readonly signIn: (roleArn: string, visitor: Visitor) => string;
  /** One attempt. */
  readonly enter: (roleArn: string, visitor: Visitor) => Promise<Entry>;
  /** Attempts until she is in, or for as long as IAM may take. */
  readonly enterAtLast: (roleArn: string, visitor: Visitor) => Promise<Waited<Entry>>;
}

export const samlStage = async (context: Context): Promise<SamlStage> => {
  const { aws, patience, prefix } = context;
  const idp = await makeSamlIdp(prefix, patience.now());
  const providerArn = await makeSamlProvider(context, 'idp', idp.metadata);
  const audience = samlAudience(aws.partition);
  const signIn = (roleArn: string, visitor: Visitor): string =>
    idp.signIn({ recipient: audience, roleArn, providerArn, ...visitor }, patience.now());
  const enter: SamlStage['enter'] = (roleArn, visitor) =>
    answerOf(
      aws.sts.send(
        new AssumeRoleWithSAMLCommand({
          RoleArn: roleArn,
          PrincipalArn: providerArn,
          SAMLAssertion: signIn(roleArn, visitor),
        }),
      ),
    );
  return {
    providerArn,
    audience,
    signIn,
    enter,
    enterAtLast: (roleArn, visitor) => until(patience, () => enter(roleArn, visitor), isAccepted),
  };
};
