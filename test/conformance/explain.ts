// What conformance is, for who runs it without saying on what.

import type { Experiment } from './experiment.ts';
import { variables } from './settings.ts';

const column = 38;
const line = (name: string, text: string): string => `  ${name.padEnd(column)}${text}`;

export const usage = `npm run conformance -- [--only NAME]… [--output text|json] [--list] [--clean] [--help]

Asks a live AWS account and a live Entra tenant what their documentation leaves open and what
Rolewarden leans on. Both must be throwaway: nobody's work may be in them.

  --only NAME      this experiment; several times for several
  --list           what there is to ask, what it makes and where it matters; touches nothing
  --output json    the results as JSON on stdout; text by default
  --clean          removes what a killed run has left: whatever is named rolewarden-conformance-…
                   in the account and the tenant, of runs that are still going on as well
  --help           this

Exit codes: 0 nothing differs · 1 something differs, or was left behind · 2 refused, nothing was
touched · 130 interrupted, everything was undone as far as it is not listed`;

export const needs = `What it needs

${[
  line(variables.account, 'id of the throwaway account; must be that of the credentials'),
  line('AWS_PROFILE, AWS_ACCESS_KEY_ID, …', 'credentials as the AWS CLI takes them, not of root'),
  line('AWS_REGION', 'us-east-1 if not set'),
  line(variables.subnet, 'a subnet with a way to the internet; without it ECS is skipped'),
  line(variables.tenant, 'id of the throwaway tenant; must be that of the token'),
  line('AZURE_TENANT_ID', 'if set, the same'),
  line('AZURE_CLIENT_ID', 'an application that conformance signs in as, and one of'),
  line('  AZURE_CLIENT_SECRET', ''),
  line('  AZURE_CLIENT_CERTIFICATE_PATH', ''),
  line('  AZURE_FEDERATED_TOKEN_FILE', ''),
  line('AZURE_AUTHORITY_HOST', 'for another cloud than the public one, with'),
  line(variables.graph, '  the address of its Graph'),
  line(variables.deltaLink, 'a delta link that old-delta-token printed 8 days ago'),
]
  .map((text) => text.trimEnd())
  .join('\n')}

One of account and tenant is enough: the rest is skipped, and says so.

Permissions in AWS: an administrator of the throwaway account, or
  iam:*Role, iam:*RolePolicy, iam:ListRolePolicies, iam:*Policy on role and policy /rolewarden-conformance/*
  iam:UpdateAssumeRolePolicy, iam:TagRole, iam:TagPolicy, iam:PassRole on the same
  iam:*SAMLProvider, iam:*OpenIDConnectProvider, iam:List*Providers, iam:ListRoles, iam:ListPolicies,
  iam:GetAccountSummary, sts:AssumeRole, ecs:*, ssm:DescribeSessions, ssm:TerminateSession
Permissions in Entra (of the application, with an administrator's consent):
  Group.ReadWrite.All, User.ReadWrite.All, Application.ReadWrite.All, Domain.Read.All
  and for single experiments Policy.ReadWrite.ApplicationConfiguration,
  PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup, AuditLog.Read.All, AppRoleAssignment.ReadWrite.All
Where one is missing, that experiment says that it could not be told, and with which error.

What it costs: requests cost nothing; the experiments on ECS run a Fargate task of a quarter CPU for
some minutes each, less than 0.05 USD together, and the public image is pulled over your subnet.
It takes perhaps an hour, most of it waiting until IAM has heard of things.

What it leaves: nothing, but for the role AWSServiceRoleForECS, which ECS makes for itself in an
account that has not had a cluster yet. Each thing is noted before it is made, and undone after each experiment,
also after a failure or Ctrl-C; what could not be undone is told with the command that does it.
All is named rolewarden-conformance-RUN-… and tagged or described as such.

Nobody has run this against a live cloud yet. The tests run it against the embedded one.`;

const needed = ({ needs: all }: Experiment): string => all.join(', ');

/** All that is known of an experiment before it runs. */
export const describeExperiment = (experiment: Experiment): string => {
  const { name, claim, source, matters, expected, makes, byHand } = experiment;
  const steps = (byHand ?? []).map((step, index) => `    ${index + 1}. ${step}`);
  return [
    name,
    `  claim     ${claim}  [${source}]`,
    `  matters   ${matters.file}: ${matters.how}`,
    `  expected  ${expected}`,
    `  needs     ${needed(experiment)}`,
    `  makes     ${makes}`,
    ...(steps.length === 0 ? [] : ['  by hand, no script can ask it', ...steps]),
  ].join('\n');
};

export const describeAll = (experiments: readonly Experiment[]): string =>
  experiments.map(describeExperiment).join('\n\n');
