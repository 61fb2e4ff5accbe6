// What no script of ours can ask: what needs an address that Graph can reach, a browser, or patience that is not ours to spend.

import type { Experiment } from '../experiment.ts';

const noDeltas = 'nothing leans on it: the controller polls, and has no webhooks';

export const byHand: readonly Experiment[] = [
  {
    name: 'members-in-group-webhook',
    claim: 'a notification about a group carries members@delta, and comes within seconds',
    source: 'entra.md §8',
    matters: { file: 'src/entra/entra-directory.ts', how: noDeltas },
    needs: ['tenant', 'endpoint'],
    expected: 'unknown; 10–15 s was seen once',
    makes: 'a subscription, a group and a user',
    byHand: [
      'serve an https address that Graph can reach: it answers POST …?validationToken=T with 200, text/plain and T, and prints every other body with the time',
      'POST /v1.0/subscriptions {"changeType":"updated","resource":"/groups","notificationUrl":"https://…","clientState":"conformance","expirationDateTime":"in an hour"}',
      'POST a user into a group, note the time; delete the user, note the time',
      'look whether resourceData holds members@delta, and how long each notification took',
      'DELETE /v1.0/subscriptions/ID; delete group and user',
    ],
  },
  {
    name: 'object-id-in-assertion',
    claim:
      'with the object id chosen as NameID in the portal, format persistent, Entra sends it as it is in Graph: lower case, nothing around it',
    source: 'entra.md §1a',
    matters: {
      file: 'src/cli/doctor-assertion.ts',
      how: 'saml:sub is compared exactly, case too, so a Federation holds everything until somebody has looked',
    },
    needs: ['aws', 'tenant', 'human'],
    expected: 'the id as Graph shows it',
    makes: 'an enterprise application and a user',
    byHand: [
      'add the gallery application “AWS Single-Account Access”, and in Attributes & Claims make user.objectid the Unique User Identifier, format Persistent',
      'add the claims SourceIdentity = user.objectid and PrincipalTag:Team = "conformance", both in the namespace https://aws.amazon.com/SAML/Attributes',
      'assign the user, sign in with a browser whose network tab is open, and save SAMLResponse of the POST to AWS',
      'hold it against the Federation: rolewarden doctor --assertion FILE; compare NameID and its Format with GET /v1.0/users/ID',
      'delete application and user',
    ],
  },
  {
    name: 'source-identity-in-entra-jwt',
    claim:
      'a claims mapping can put https://aws.amazon.com/source_identity and flattened session tags into Entra’s tokens, and STS takes them',
    source: 'entra.md §11',
    matters: {
      file: 'src/sandbox/aws/sts/web-identity-sign-in.ts',
      how: 'the sandbox reads them; the controller admits workloads without',
    },
    needs: ['aws', 'tenant', 'human'],
    expected: 'unknown',
    makes: 'an application, its service principal, an OpenID Connect provider and a role',
    byHand: [
      'register an application with acceptMappedClaims: true, and in Single sign-on add a claim source_identity in the namespace https://aws.amazon.com/',
      'sign a user in to it (claims of the portal are not put into tokens of applications by themselves), and look at the token',
      'call aws sts assume-role-with-web-identity on a role that allows sts:SetSourceIdentity, and look at SourceIdentity in the answer',
      'delete what was made',
    ],
  },
  {
    name: 'pim-throttling',
    claim: 'from how many requests on PIM for groups throttles',
    source: 'entra.md §11',
    matters: {
      file: 'src/entra/assignments.ts',
      how: 'its lists are read once in each poll; a 429 holds what they would narrow',
    },
    needs: ['tenant', 'human'],
    expected: 'unknown; Microsoft tells no limit',
    makes: 'nothing, but it slows down everybody who uses PIM in the tenant',
    byHand: [
      "in a tenant where nobody is disturbed: GET …/assignmentScheduleInstances?$filter=groupId eq 'ID' twice as often each minute",
      'note when the first 429 comes, its Retry-After, and how long it lasts',
    ],
  },
];
