// Whether a deny reaches people who are already inside, and how fast. [aws.md §1.3, §6]

import {
  GetAccountSummaryCommand,
  DeleteRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { closedStatement } from '../../../../src/domain/closed-trust.ts';
import { trustStatements } from '../../../../src/domain/render-trust-grants.ts';
import type { Clients } from '../../aws/aws-side.ts';
import { allow, denyOf, documentOf } from '../../aws/documents.ts';
import { makeRole, putPolicy } from '../../aws/make.ts';
import { type Answer, answerOf, isAccepted, isDenied } from '../../aws/refusal.ts';
import { clientsOf, type SamlStage, samlStage } from '../../aws/sessions.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  reported,
  untold,
} from '../../experiment.ts';
import { longMs, secondsOf, until } from '../../patience.ts';
import { readCredentials } from '../../aws/read-credentials.ts';
import { signInPage } from '../../aws/sign-in-page.ts';

const revoked = 'rolewarden-revoked';
const leaver = '5f0c0000-0000-4000-8000-00000000000a';
const colleague = '5f0c0000-0000-4000-8000-00000000000b';

/** Costs nothing, changes nothing, and needs a permission. */
const look = ({ iam }: Clients): Promise<Answer> => answerOf(iam.send(new GetAccountSummaryCommand({})));

const trustIn = ({ providerArn: provider, audience }: SamlStage, ...people: readonly string[]): string =>
  documentOf(
    ...trustStatements(
      people.map((sub) => ({ kind: 'person', provider, audience, sub, untilMs: undefined })),
      [],
      [provider],
    ),
  );

const roleFor = (context: Context, stage: SamlStage, ...people: readonly string[]) =>
  makeRole(context, 'inside', {
    trust: trustIn(stage, ...people),
    policies: { look: documentOf(allow('iam:GetAccountSummary', '*')) },
    later: [revoked],
  });

/** Clients of somebody who is inside and whose permission has arrived. */
const goInside = async (
  context: Context,
  stage: SamlStage,
  roleArn: string,
  nameId: string,
): Promise<Clients> => {
  const entered = await stage.enterAtLast(roleArn, { nameId });
  if (!entered.isDone)
    throw new Error(`${nameId} was not let in: ${entered.last.word}: ${entered.last.message}`);
  const clients = clientsOf(context, entered.last.value?.Credentials);
  const seen = await until(context.patience, () => look(clients), isAccepted);
  if (!seen.isDone) throw new Error(`inside, she may not look: ${seen.last.word}: ${seen.last.message}`);
  return clients;
};

const denyLeaver = (context: Context, role: string): Promise<void> =>
  putPolicy(context, role, revoked, denyOf(leaver, context.patience.now()));

const denyInside = async (context: Context): Promise<Observed> => {
  const { patience } = context;
  const stage = await samlStage(context);
  const role = await roleFor(context, stage, leaver, colleague);
  const hers = await goInside(context, stage, role.arn, leaver);
  const his = await goInside(context, stage, role.arn, colleague);
  await denyLeaver(context, role.name);
  const { isDone, tookMs, last } = await until(patience, () => look(hers), isDenied);
  const beside = await look(his);
  const what = `the leaver: ${last.word} after ${secondsOf(tookMs)}; a colleague in the same role: ${beside.word}`;
  return isDone && isAccepted(beside) ? asExpected(what) : differs(what);
};

const profile = 'rolewarden-conformance';
const credentialsFile = `${profile}-credentials.json`;

/** The same with credentials that `aws login` mints from a console session. */
const denyAfterLogin = async (context: Context): Promise<Observed> => {
  const { patience, askHuman, aws } = context;
  const stage = await samlStage(context);
  const role = await roleFor(context, stage, leaver, colleague);
  // She must be able to come in before a person is asked for.
  await goInside(context, stage, role.arn, leaver);
  const page = await signInPage(context, stage.audience, () => stage.signIn(role.arn, { nameId: leaver }));
  const written = await askHuman(
    [
      `open ${page} in a browser within 5 minutes: it signs you in to the console of account ${aws.accountId} as ${leaver}`,
      `run: aws login --profile ${profile} --region ${aws.region}`,
      `choose the session of ${role.name} in the browser`,
      `run: aws configure export-credentials --profile ${profile} --format process > ${credentialsFile}`,
      `afterwards: rm ${credentialsFile}; aws logout --profile ${profile}`,
    ],
    credentialsFile,
  );
  if (written === undefined) return untold('nobody was there to sign in with a browser');
  const clients = aws.as(readCredentials(written));
  const before = await look(clients);
  if (!isAccepted(before))
    return untold(`the credentials of aws login may not look: ${before.word}: ${before.message}`);
  await denyLeaver(context, role.name);
  const { isDone, tookMs, last } = await until(patience, () => look(clients), isDenied);
  const what = `${last.word} after ${secondsOf(tookMs)}`;
  return isDone ? asExpected(what) : differs(what);
};

const rounds = 5;
const everyMs = 500;

const spreadOf = (times: readonly number[]): string => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => secondsOf(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `${at(0)} / ${at(0.5)} / ${at(1)}`;
};

/** How long until the answer is the right one, in ms. */
const timed = async (
  { patience }: Context,
  ask: () => Promise<Answer>,
  isRight: (answer: Answer) => boolean,
): Promise<number> => {
  const { isDone, tookMs, last } = await until(patience, ask, isRight, { everyMs });
  if (!isDone) throw new Error(`after ${secondsOf(longMs)} the answer was still ${last.word}`);
  return tookMs;
};

const timeSpreading = async (context: Context): Promise<Observed> => {
  const { iam } = context.aws;
  const stage = await samlStage(context);
  const role = await roleFor(context, stage, leaver);
  const hers = await goInside(context, stage, role.arn, leaver);
  const times = { deny: [] as number[], undeny: [] as number[], close: [] as number[], open: [] as number[] };
  const setTrust = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role.name, PolicyDocument }));
  const enter = (): Promise<Answer> => stage.enter(role.arn, { nameId: leaver });
  for (let round = 0; round < rounds; round += 1) {
    await denyLeaver(context, role.name);
    times.deny.push(await timed(context, () => look(hers), isDenied));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: role.name, PolicyName: revoked }));
    times.undeny.push(await timed(context, () => look(hers), isAccepted));
    await setTrust(documentOf(closedStatement(stage.providerArn)));
    times.close.push(await timed(context, enter, isDenied));
    await setTrust(trustIn(stage, leaver));
    times.open.push(await timed(context, enter, isAccepted));
  }
  return reported(
    `least / median / most of ${rounds}: an inline deny bites after ${spreadOf(times.deny)}, is over after ${spreadOf(times.undeny)}; a trust policy closes after ${spreadOf(times.close)}, opens after ${spreadOf(times.open)}`,
  );
};

const makes = 'a SAML provider and a role';

export const liveSessions: readonly Experiment[] = [
  {
    name: 'deny-by-saml-sub-inside',
    claim:
      'an inline deny on saml:sub ends what a person may do in a session that she already has, and nobody else’s',
    source: 'aws.md §1.3, §6',
    matters: { file: 'src/domain/denies.ts', how: 'leavers are denied by saml:sub' },
    needs: ['aws'],
    expected: 'the leaver is denied, her colleague is not',
    makes,
    run: denyInside,
  },
  {
    name: 'deny-by-saml-sub-after-login',
    claim: 'the same deny reaches credentials that aws login mints from a console session',
    source: 'aws.md §1.3',
    matters: { file: 'src/domain/denies.ts', how: 'denies last as long as such credentials can' },
    needs: ['aws', 'human'],
    expected: 'she is denied',
    makes: `${makes}, and a file with a sign-in page`,
    run: denyAfterLogin,
  },
  {
    name: 'spreading-time',
    claim: 'how long IAM and STS take to hear of an inline deny and of a trust policy',
    source: 'aws.md §3.3, §6',
    matters: {
      file: 'src/domain/denies.ts',
      how: 'whoever is removed can still enter for as long as the word takes to spread; a minute is assumed',
    },
    needs: ['aws'],
    expected: 'nothing: the times are reported',
    makes,
    run: timeSpreading,
  },
];
