// What a sweep works with, over the real adapters, which find the sandbox through the environment.

import { openAccounts } from '../../src/aws/open-accounts.ts';
import { present } from '../../src/domain/reading.ts';
import { entraCredential } from '../../src/entra/credential.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { createDirectoryBook } from '../../src/reconcile/directory-book.ts';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import type { SweepContext } from '../../src/reconcile/sweep.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { type Size, configFor, sceneOf } from './scene.ts';

export const openContext = async (size: Size): Promise<SweepContext> => {
  const { account, policies } = sceneOf(size);
  const config = configFor(process.env);
  const clock = { now: () => Date.now() };
  const credential = entraCredential(config.entra, process.env);
  const { signal } = new AbortController();
  const source = { load: () => Promise.resolve(present(policies)), watch: () => () => undefined };
  const policyBook = createPolicyBook(source, clock);
  await policyBook.load(signal);
  const aws = openAccounts({ settings: config.aws, clock })(account);
  return {
    config,
    policies,
    account,
    iam: aws.iam,
    clockSkewMs: () => 0,
    shells: aws.shells,
    shellMemory: createShellMemory(),
    contestBook: createContestBook(),
    othersBook: createOthersBook(),
    revocationBook: createRevocationBook(),
    ecsBook: createEcsBook(),
    directory: createDirectoryBook(openEntraDirectory({ settings: config.entra, credential, clock }), clock),
    policyBook,
    memory: createWriteMemory(),
    clock,
    signal,
    stopping: signal,
  };
};
