// How IAM weighs the permissions of whoever writes roles: what it knows of a role's boundary, and what it looks at first.

import { CreateRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { allow, documentOf, trustUs } from '../../aws/documents.ts';
import { conformancePath, makePolicy, makeRole, named, roleUndo } from '../../aws/make.ts';
import { type Answer, answerOf, isAccepted, isDenied } from '../../aws/refusal.ts';
import { enterAsUs } from '../../aws/sessions.ts';
import type { Making } from '../../making.ts';
import {
  asExpected,
  type Context,
  differs,
  type Experiment,
  type Observed,
  untold,
} from '../../experiment.ts';
import { secondsOf, steadyMs, until } from '../../patience.ts';

const rolesOf = ({ aws }: Context): string =>
  `arn:${aws.partition}:iam::${aws.accountId}:role${conformancePath}*`;

/** Like the spoke role of the deployment: it may write trust policies of roles with our boundary, and of no others. */
const writeWithBoundary = async (context: Context): Promise<Observed> => {
  const { aws, patience } = context;
  const boundary = await makePolicy(context, 'boundary', documentOf(allow('ecs:ListClusters', '*')));
  const trust = trustUs(aws);
  const mayWrite = allow('iam:UpdateAssumeRolePolicy', rolesOf(context), {
    ArnEquals: { 'iam:PermissionsBoundary': boundary },
  });
  const writer = await makeRole(context, 'writer', { trust, policies: { write: documentOf(mayWrite) } });
  const bounded = await makeRole(context, 'bounded', { trust, boundary });
  const free = await makeRole(context, 'free', { trust });
  const { iam } = await enterAsUs(context, writer.arn);
  const write = (name: string): Promise<Answer> =>
    answerOf(iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: trust })));
  const ofBounded = await until(patience, () => write(bounded.name), isAccepted);
  const ofFree = await write(free.name);
  const what = `with the boundary: ${ofBounded.last.word} after ${secondsOf(ofBounded.tookMs)}; without: ${ofFree.word}`;
  return ofBounded.isDone && isDenied(ofFree) ? asExpected(what) : differs(what);
};

/** The document is none, and the role may not create any: which of the two is said? */
const askMalformed = async (context: Context): Promise<Observed> => {
  const { aws, patience, undo } = context;
  const role = await makeRole(context, 'idle', {
    trust: trustUs(aws),
    policies: { idle: documentOf(allow('ecs:ListClusters', '*')) },
  });
  const { iam } = await enterAsUs(context, role.arn);
  const name = named(context, 'never');
  const making: Making = { progress: 'not asked' };
  undo.add(roleUndo(aws.steadfast, name, making));
  const create = (document: string): Promise<Answer> => {
    making.progress = 'not answered';
    return answerOf(
      iam.send(
        new CreateRoleCommand({ RoleName: name, Path: conformancePath, AssumeRolePolicyDocument: document }),
      ),
    );
  };
  // First a good document, until the new credentials are known and it is refused for want of permission.
  const good = await until(patience, () => create(trustUs(aws)), isDenied, { limitMs: steadyMs });
  if (!good.isDone) return untold(`a good document was answered ${good.last.word}: ${good.last.message}`);
  const malformed = await create('{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}');
  return isDenied(malformed)
    ? asExpected(malformed.word)
    : differs(`${malformed.word}: ${malformed.message}`);
};

export const iamPermissions: readonly Experiment[] = [
  {
    name: 'boundary-key-on-trust-write',
    claim: 'iam:PermissionsBoundary is known when a trust policy is written, in this partition too',
    source: 'aws.md §11.5',
    matters: {
      file: 'manifests/deploy/policies/spoke-write.json.tftpl',
      how: 'the spoke role may only write roles that have the boundary',
    },
    needs: ['aws'],
    expected: 'accepted with the boundary, denied without',
    makes: 'a managed policy and three roles',
    run: writeWithBoundary,
  },
  {
    name: 'authorizes-before-validating',
    claim: 'IAM says AccessDenied to whoever has no permission, also when the document is malformed',
    source: 'documented nowhere',
    matters: {
      file: 'src/sandbox/aws/service.ts',
      how: 'the sandbox asks for permissions first, so a write without permission is never told as malformed',
    },
    needs: ['aws'],
    expected: 'AccessDenied',
    makes: 'a role, and another if everything is otherwise',
    run: askMalformed,
  },
];
