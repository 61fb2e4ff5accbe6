// What IAM knows of a person when a statement is about her session tags or her source identity. [aws.md §1.1]
//
// Each experiment has a door as the controller writes it, which must open, and one that is in question. The second is tried
// until it opens, or until it has stayed shut for long after the first was open.

import { trustStatements } from '../../../../src/domain/render-trust-grants.ts';
import type { JsonObject } from '../../../../src/domain/statement.ts';
import { documentOf } from '../../aws/documents.ts';
import { makeRole } from '../../aws/make.ts';
import { isAccepted } from '../../aws/refusal.ts';
import { type SamlStage, samlStage, type Visitor } from '../../aws/sessions.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { secondsOf, steadyMs, until } from '../../patience.ts';

const nameId = '5f0c0000-0000-4000-8000-000000000001';
const personWith = (more: Partial<Visitor>): Visitor => ({ nameId, ...more });

/** As the controller writes it for a federation that sends both. */
const ours = ({ providerArn: provider, audience }: SamlStage): readonly JsonObject[] =>
  trustStatements(
    [
      { kind: 'person', provider, audience, sub: nameId, untilMs: undefined },
      { kind: 'sessionTags', provider, audience },
      { kind: 'sourceIdentity', provider },
    ],
    [],
    [provider],
  );

const statement = (
  { providerArn, audience }: SamlStage,
  actions: readonly string[],
  keys: readonly ('saml:aud' | 'saml:sub')[],
): JsonObject => ({
  Effect: 'Allow',
  Principal: { Federated: providerArn },
  Action: actions,
  Condition: {
    StringEquals: Object.fromEntries(keys.map((key) => [key, key === 'saml:aud' ? audience : nameId])),
  },
});

interface Doors {
  readonly visitor: Visitor;
  /** Of the door in question. */
  readonly statements: (stage: SamlStage) => readonly JsonObject[];
  readonly opens: boolean;
}

const tryDoors = async (context: Context, { visitor, statements, opens }: Doors): Promise<Observed> => {
  const stage = await samlStage(context);
  const known = await makeRole(context, 'known', { trust: documentOf(...ours(stage)) });
  const asked = await makeRole(context, 'asked', { trust: documentOf(...statements(stage)) });
  const control = await stage.enterAtLast(known.arn, visitor);
  if (!control.isDone)
    return untold(`the trust policy as the controller writes it did not open: ${control.last.message}`);
  const { last, isDone, tookMs } = await until(
    context.patience,
    () => stage.enter(asked.arn, visitor),
    isAccepted,
    { limitMs: steadyMs },
  );
  const what = isDone
    ? 'she was let in'
    : `${last.word} for ${secondsOf(tookMs)}, while the other door was open: ${last.message}`;
  return isDone === opens ? asExpected(what) : differs(what);
};

const entry = 'sts:AssumeRoleWithSAML';
const makes = 'a SAML provider and two roles';
const file = 'src/domain/render-trust-grants.ts';

export const samlTrust: readonly Experiment[] = [
  {
    name: 'saml-sub-beside-session-tags',
    claim: 'a condition on saml:sub fails in a statement that also allows sts:TagSession',
    source: 'aws.md §11.1',
    matters: { file, how: 'session tags get a statement of their own, without saml:sub' },
    needs: ['aws'],
    expected: 'refused',
    makes,
    run: (context) =>
      tryDoors(context, {
        visitor: personWith({ tags: { Team: 'conformance' } }),
        statements: (stage) => [statement(stage, [entry, 'sts:TagSession'], ['saml:aud', 'saml:sub'])],
        opens: false,
      }),
  },
  {
    name: 'saml-sub-beside-source-identity',
    claim: 'a condition on saml:sub fails in a statement that also allows sts:SetSourceIdentity',
    source: 'aws.md §11.1',
    matters: { file, how: 'the source identity gets a statement of its own, without saml:sub' },
    needs: ['aws'],
    expected: 'refused',
    makes,
    run: (context) =>
      tryDoors(context, {
        visitor: personWith({ sourceIdentity: nameId }),
        statements: (stage) => [statement(stage, [entry, 'sts:SetSourceIdentity'], ['saml:aud', 'saml:sub'])],
        opens: false,
      }),
  },
  {
    name: 'saml-aud-on-source-identity',
    claim:
      'saml:aud is known when sts:SetSourceIdentity is asked for, although only sts:SourceIdentity is documented',
    source: 'aws.md §1.1',
    matters: { file, how: 'the statement for the source identity goes without any condition' },
    needs: ['aws'],
    expected: 'let in',
    makes,
    run: (context) =>
      tryDoors(context, {
        visitor: personWith({ sourceIdentity: nameId }),
        statements: (stage) => [
          statement(stage, [entry], ['saml:aud', 'saml:sub']),
          statement(stage, ['sts:SetSourceIdentity'], ['saml:aud']),
        ],
        opens: true,
      }),
  },
];
