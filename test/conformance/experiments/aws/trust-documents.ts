// What IAM takes as a trust policy: how long it may be, how its length is counted, and whom it may name. [aws.md §3.1, §3.4]

import { randomUUID } from 'node:crypto';
import { GetAccountSummaryCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { trustStatements } from '../../../../src/domain/render-trust-grants.ts';
import { documentOf, samlAudience } from '../../aws/documents.ts';
import { makeRole, makeSamlProvider, named } from '../../aws/make.ts';
import { type Answer, answerOf, isAccepted } from '../../aws/refusal.ts';
import { makeSamlIdp } from '../../aws/saml-idp.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { until } from '../../patience.ts';

type Document = (people: readonly string[]) => string;

interface Ruler {
  readonly quota: number;
  readonly document: Document;
  readonly store: (document: string) => Promise<Answer>;
}

const ruler = async (context: Context): Promise<Ruler> => {
  const { aws, patience, prefix } = context;
  const idp = await makeSamlIdp(prefix, patience.now());
  const provider = await makeSamlProvider(context, 'idp', idp.metadata);
  const audience = samlAudience(aws.partition);
  const document: Document = (people) =>
    documentOf(
      ...trustStatements(
        people.map((sub) => ({ kind: 'person', provider, audience, sub, untilMs: undefined })),
        [],
        [provider],
      ),
    );
  const role = await makeRole(context, 'long', { trust: document([randomUUID()]) });
  const { SummaryMap } = await aws.iam.send(new GetAccountSummaryCommand({}));
  const store = (text: string): Promise<Answer> =>
    answerOf(aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role.name, PolicyDocument: text })));
  const first = await until(patience, () => store(document([randomUUID()])), isAccepted);
  if (!first.isDone) throw new Error(`the role cannot be changed: ${first.last.word}: ${first.last.message}`);
  return { quota: SummaryMap?.AssumeRolePolicySizeQuota ?? 0, document, store };
};

/** What is added to the document is one name of so many characters, so that it grows by one. */
const grown = ({ document }: Ruler, length: number): string => {
  const short = document(['x']);
  return document(['x'.repeat(Math.max(1, length - short.length + 1))]);
};

/** The longest that was taken, and the refusal of the next. Compact JSON, in characters. */
const longest = async (measure: Ruler): Promise<{ readonly taken: number; readonly refused: Answer }> => {
  let taken = 0;
  let over = measure.quota * 2;
  let refused = await measure.store(grown(measure, over));
  if (isAccepted(refused)) return { taken: over, refused };
  while (over - taken > 1) {
    const middle = Math.floor((taken + over) / 2);
    const answer = await measure.store(grown(measure, middle));
    if (isAccepted(answer)) taken = middle;
    else [over, refused] = [middle, answer];
  }
  return { taken, refused };
};

/** People in the longest document that was taken, as they are added one by one. */
const mostPeople = async (measure: Ruler): Promise<{ readonly people: number; readonly length: number }> => {
  const all = Array.from({ length: Math.ceil((measure.quota * 2) / 39) }, () => randomUUID());
  let [taken, over] = [1, all.length];
  while (over - taken > 1) {
    const middle = Math.floor((taken + over) / 2);
    if (isAccepted(await measure.store(measure.document(all.slice(0, middle))))) taken = middle;
    else over = middle;
  }
  return { people: taken, length: measure.document(all.slice(0, taken)).length };
};

const findLimit = async (context: Context): Promise<Observed> => {
  const measure = await ruler(context);
  const { quota } = measure;
  const { taken, refused } = await longest(measure);
  const { people, length } = await mostPeople(measure);
  const what = `quota ${quota}: one long name is taken up to ${taken} characters, then ${refused.word}: ${refused.message}; people one by one up to ${people}, which are ${length} characters`;
  // Something else than the length may be wrong with a name so long.
  if (!refused.word.startsWith('LimitExceeded')) return untold(what);
  // A document of exactly the quota must be taken: the controller fills it up to there.
  return taken >= quota ? asExpected(what) : differs(what);
};

const countSpace = async (context: Context): Promise<Observed> => {
  const measure = await ruler(context);
  const { taken } = await longest(measure);
  const compact = grown(measure, taken);
  const spaced = JSON.stringify(JSON.parse(compact), undefined, 8);
  const answer = await measure.store(spaced);
  const control = await measure.store(grown(measure, taken + 1));
  if (isAccepted(control)) return untold(`a document of ${taken + 1} characters was refused, and then taken`);
  const what =
    `a document of ${taken} characters, the longest that is taken, was with white space ${spaced.length} characters: ${answer.word} ${answer.message}`.trim();
  return isAccepted(answer) ? asExpected(what) : differs(what);
};

const nameNobody = async (context: Context): Promise<Observed> => {
  const { accountId, partition } = context.aws;
  const provider = `arn:${partition}:iam::${accountId}:saml-provider/${named(context, 'nobody')}`;
  const audience = samlAudience(partition);
  const grant = { kind: 'person', provider, audience, sub: randomUUID(), untilMs: undefined } as const;
  const trust = documentOf(...trustStatements([grant], [], [provider]));
  const answer = await answerOf(makeRole(context, 'nobody', { trust }));
  const what = `${answer.word} ${answer.message}`.trim();
  return answer.word.startsWith('MalformedPolicyDocument') ? asExpected(what) : differs(what);
};

export const trustDocuments: readonly Experiment[] = [
  {
    name: 'trust-size',
    claim: 'a trust policy whose compact JSON has as many characters as the quota is taken',
    source: 'aws.md §11.4',
    matters: {
      file: 'src/plan/guards/room.ts',
      how: 'people are written as long as the compact JSON fits the quota',
    },
    needs: ['aws'],
    expected: 'taken up to the quota at least, then LimitExceeded',
    makes: 'a SAML provider and a role, whose trust policy is written about 30 times',
    run: findLimit,
  },
  {
    name: 'trust-white-space',
    claim: 'white space does not count in the length of a trust policy',
    source: 'aws.md §11.4',
    matters: {
      file: 'src/domain/statement.ts',
      how: 'the length of the compact text is taken for what AWS counts',
    },
    needs: ['aws'],
    expected: 'taken',
    makes: 'a SAML provider and a role, whose trust policy is written about 20 times',
    run: countSpace,
  },
  {
    name: 'trust-names-missing-provider',
    claim: 'a trust policy that names a SAML provider which does not exist is refused',
    source: 'aws.md §11.4',
    matters: {
      file: 'src/sandbox/aws/iam/trust-grammar.ts',
      how: 'the sandbox refuses it; the controller holds roles whose provider is missing',
    },
    needs: ['aws'],
    expected: 'MalformedPolicyDocument',
    makes: 'a role, if it is taken',
    run: nameNobody,
  },
];
