// All experiments, in the order in which they run.

import type { Experiment } from './experiment.ts';
import { execTags } from './experiments/aws/exec-tags.ts';
import { iamPermissions } from './experiments/aws/iam-permissions.ts';
import { liveSessions } from './experiments/aws/live-sessions.ts';
import { openShells } from './experiments/aws/open-shells.ts';
import { outboundToken } from './experiments/aws/outbound-token.ts';
import { samlTrust } from './experiments/aws/saml-trust.ts';
import { trustDocuments } from './experiments/aws/trust-documents.ts';
import { workloadTokens } from './experiments/aws/workload-tokens.ts';
import { byHand } from './experiments/by-hand.ts';
import { answers } from './experiments/entra/answers.ts';
import { applications } from './experiments/entra/applications.ts';
import { deltas } from './experiments/entra/delta.ts';
import { privileged } from './experiments/entra/privileged.ts';

export const experiments: readonly Experiment[] = [
  ...samlTrust,
  ...trustDocuments,
  ...iamPermissions,
  ...liveSessions,
  ...outboundToken,
  ...workloadTokens,
  ...execTags,
  ...openShells,
  ...answers,
  ...deltas,
  ...applications,
  ...privileged,
  ...byHand,
];
