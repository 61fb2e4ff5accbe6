// Every rule that a file can break: the stable identifier, and for SARIF a title and what to do about it.

interface Rule {
  readonly title: string;
  readonly help: string;
}

export const rules = {
  // Reading files
  missingPath: { title: 'Path does not exist', help: 'Correct the path, or create the file or folder.' },
  unreadableFile: {
    title: 'File or folder cannot be read',
    help: 'Give the user that runs Rolewarden read permission on the file, and on the folders above it.',
  },
  notAFile: {
    title: 'Neither file nor folder',
    help: 'Remove the pipe, socket or device; policies stand in ordinary files.',
  },
  linkLoop: { title: 'Symbolic link leads back to itself', help: 'Remove the symbolic link.' },
  linkOutside: {
    title: 'Symbolic link leaves the folder',
    help: 'Copy the file into the folder. Links that lead out of it are not followed, because a pull request could show the content of any file of the machine with them.',
  },
  submodule: {
    title: 'Submodule',
    help: 'Copy the files into the folder. Submodules are not followed: what they hold is reviewed in another repository.',
  },
  noPolicyFiles: { title: 'No policy files', help: 'Point to a folder that holds .yaml or .yml files.' },
  tooManyFiles: { title: 'Too many files', help: 'Point to the folder that holds only policies.' },
  fileTooLarge: { title: 'File too large', help: 'Split the file; several files are read as one set.' },
  notUtf8: { title: 'File is not UTF-8', help: 'Save the file with the encoding UTF-8.' },
  // YAML
  yamlSyntax: {
    title: 'Not valid YAML',
    help: 'Repair the syntax. Until then nothing of this file is used but a Lockout that is whole.',
  },
  yamlDuplicateKey: { title: 'Field given twice', help: 'Keep one of the two.' },
  yamlTag: {
    title: 'YAML tag',
    help: 'Remove the tag that begins with an exclamation mark; only plain values are read.',
  },
  yamlAlias: {
    title: 'YAML alias cannot be used',
    help: 'Put a value that begins with * in quotes; define an anchor before its alias; never nest an alias in its own anchor.',
  },
  yamlMergeKey: { title: 'YAML merge key', help: 'YAML 1.2 has no <<; repeat the fields.' },
  aliasBomb: {
    title: 'Too many YAML aliases',
    help: 'Write the values out instead of multiplying them with anchors and aliases.',
  },
  nestedTooDeep: {
    title: 'Nested too deep',
    help: 'No object of Rolewarden is nested that deep; check the indentation.',
  },
  // Words of people
  acknowledgementBroken: {
    title: 'Acknowledgement without effect',
    help: 'Print it anew with `rolewarden ack` and paste it whole; it is valid for the people and the time that it names.',
  },
  // What a document is
  notAnObject: {
    title: 'Document is not an object',
    help: 'Each document has the fields apiVersion, kind, metadata and spec.',
  },
  unknownApiVersion: { title: 'Unknown apiVersion', help: 'Write apiVersion: rolewarden/v1alpha1.' },
  unknownKind: {
    title: 'Unknown kind',
    help: 'Use one of the known kinds, or keep files for other tools out of the folder.',
  },
  // Shape
  unknownField: {
    title: 'Unknown field',
    help: 'Correct the spelling, move the field where it belongs, or remove it.',
  },
  missingField: { title: 'Missing field', help: 'Add the field.' },
  wrongType: { title: 'Value of the wrong type', help: 'Give the kind of value that the message names.' },
  notAllowedValue: {
    title: 'Value is not one of those allowed',
    help: 'Choose one of the values in the message.',
  },
  malformedValue: { title: 'Value has the wrong form', help: 'Write the value as the message shows.' },
  malformedKey: { title: 'Key has the wrong form', help: 'Write the key as the message shows.' },
  outOfRange: { title: 'Value is out of range', help: 'Choose a value within the limits in the message.' },
  repeatedItem: { title: 'List holds a value twice', help: 'Keep one of the two.' },
  wrongCombination: { title: 'Fields do not go together', help: 'Combine the fields as the message says.' },
  // What each kind asks for
  endpointsNeedCustomCloud: {
    title: 'Endpoints and cloud do not go together',
    help: 'authorityHost and graphEndpoint are both required with cloud: custom and not allowed otherwise.',
  },
  portClash: { title: 'Two listeners on one port', help: 'Give metrics and api different ports.' },
  secretInUrl: {
    title: 'Address with a secret',
    help: 'Remove user name and password from the address, and replace the secret: it stood in a file. Tokens come from the environment.',
  },
  mutableNameId: {
    title: 'NameID can be renamed',
    help: 'Prefer nameId: objectId. A user principal name can be given to another person later, who would then enter.',
  },
  emptyFederation: { title: 'Federation without a way in', help: 'Give saml, oidc or both.' },
  issuerMismatch: {
    title: 'Issuer does not fit',
    help: 'IAM compares the issuer character by character: https://sts.windows.net/<tenant>/ for version 1, https://login.microsoftonline.com/<tenant>/v2.0 for version 2.',
  },
  verifiedForm: {
    title: 'Not what doctor printed',
    help: 'Run rolewarden doctor --assertion with a captured sign-in, and commit the line that it prints; or write false.',
  },
  verifiedBefore: {
    title: 'Federation changed after it was verified',
    help: 'Run rolewarden doctor --assertion with a sign-in by the settings as they are now, and commit the line that it prints. Until then enforce is held.',
  },
  unknownAudience: {
    title: 'Audience is no known sign-in endpoint',
    help: 'List the sign-in endpoints that Entra posts the assertion to.',
  },
  incompleteStatement: {
    title: 'Incomplete statement',
    help: 'A statement has exactly one of Action and NotAction, and one of Resource and NotResource.',
  },
  duplicateSid: {
    title: 'Sid used twice',
    help: 'IAM wants each Sid once in a policy; rename or remove one.',
  },
  statementsTooLong: {
    title: 'Statements too long',
    help: 'A role has 10,240 characters for inline policies, and of a role that people enter 4,096 are kept for denies. Use wildcards, split a policy over two roles, or bind a task role that is made elsewhere.',
  },
  execNeedsContainers: {
    title: 'Shells and containers go together',
    help: 'A shell is given for named containers only: list them under containers, beside exec.',
  },
  regionNotInUse: {
    title: 'Region that the account does not use',
    help: 'Add the region to spec.regions of the Account, or correct it in the grant or binding.',
  },
  unsupportedCharacter: {
    title: 'Character that IAM refuses',
    help: 'IAM takes characters up to U+00FF only; replace typographic quotes, dashes and the like.',
  },
  wrongAccount: {
    title: 'ARN of another account',
    help: 'Correct the account in the ARN, spec.accountId, or the account that a binding names.',
  },
  wrongPartition: {
    title: 'ARN of another partition',
    help: 'Correct the partition in the ARN, spec.partition, or the account that a binding names.',
  },
  emptyTaskRole: {
    title: 'Task role that gives nothing',
    help: 'List permissions, enable exec, or bind a role that exists by its arn.',
  },
  spokeRoleBound: {
    title: "Rolewarden's own role bound to a service",
    help: 'Bind another role: tasks that run with the spoke role could change every role of the account that Rolewarden keeps.',
  },
  boundaryNotAllowed: {
    title: 'Boundary that the account does not allow',
    help: 'Whoever reviews the Account decides which boundaries there are: add it to spec.taskRoleBoundaries there, or remove it from the binding.',
  },
  regionMismatch: { title: 'Region of another partition', help: 'Correct the region, or spec.partition.' },
  // Between documents
  duplicateName: {
    title: 'Name used twice',
    help: 'Rename or remove one. Neither is used meanwhile, because it is not known which one is meant; of Lockouts all are.',
  },
  duplicateAccountId: {
    title: 'Account described twice',
    help: 'Keep one Account object for each AWS account. Neither is used meanwhile.',
  },
  duplicateBinding: {
    title: 'Service bound twice',
    help: 'Keep one TaskRoleBinding for each service. Neither is used meanwhile.',
  },
  severalConfigs: {
    title: 'Several ControllerConfigs',
    help: 'A controller has one ControllerConfig; remove the others.',
  },
  missingConfig: { title: 'No ControllerConfig', help: 'Point to the file that holds the ControllerConfig.' },
  danglingReference: { title: 'Named object does not exist', help: 'Correct the name, or add the object.' },
  brokenReference: {
    title: 'Named object cannot be used',
    help: 'Repair the object that the message names first.',
  },
  emptySelector: {
    title: 'Selector matches nothing',
    help: 'Correct the labels of the selector or of the accounts.',
  },
  tenantMismatch: { title: 'Different tenants', help: 'Use the tenant id of the ControllerConfig.' },
  roleNameClash: {
    title: 'Two policies make the same role',
    help: 'Rename one of the roles. Meanwhile the policy that owns the role in AWS keeps it.',
  },
  taskRoleNameClash: {
    title: 'Task role that something else makes too',
    help: 'Rename the role, or let one of two bindings name it by arn. Meanwhile the binding is not used; of two bindings, neither.',
  },
  groupsNeedSaml: {
    title: 'Groups without SAML',
    help: "Add saml to the Federation. A user's OIDC sub differs from application to application and is not in Microsoft Graph, so people are admitted by SAML only.",
  },
  servicePrincipalsNeedOidc: {
    title: 'Service principals without OIDC',
    help: 'Add oidc to the Federation; service principals enter with an OIDC token.',
  },
  appRoleNeedsGroups: {
    title: 'App role without people',
    help: 'admission: appRole is about people. Use admission: members for service principals.',
  },
  appRoleValueTooLong: {
    title: 'Entra app-role value too long',
    help: 'Microsoft Graph takes up to 120 characters for roleArn,providerArn. Shorten the name of the role or of the SAML provider.',
  },
  nestedGroup: {
    title: 'Nested members need their own app role',
    help: 'Entra counts direct members only when it assigns an app role. Assign the member groups themselves, or list them here.',
  },
  duplicateSubject: { title: 'Subject listed twice', help: 'Remove one of the two.' },
  endWithoutEffect: {
    title: 'End after that of the policy',
    help: 'The expiresAt of the policy ends the access of all its subjects. Remove the later one, or correct one of the two.',
  },
  standingNeedsPim: {
    title: 'Nobody has an end',
    help: 'standing: forbidden admits members whose activation or assignment ends. Write pim: true at the groups that Privileged Identity Management rules over, remove the others, or allow standing access.',
  },
  standingWorkload: {
    title: 'Service principal without an end',
    help: 'Service principals have no activations. Give each an expiresAt, or move them to a policy that allows standing access.',
  },
  needsListedMembers: {
    title: 'App role refuses and keeps nobody by name',
    help: 'breakGlass and standing: forbidden need a trust policy that lists the members. Write admission: members, or remove them.',
  },
  breakGlassWithEnd: {
    title: 'Break-glass group whose members have ends',
    help: 'Name a group of its own as breakGlass: its members stay in without an end, and so those of the listed group would too.',
  },
  stopWithoutShells: {
    title: 'Tasks without shells are not stopped',
    help: 'afterRevoke: stopTask is about tasks in which somebody had a shell. Remove it, or allow exec.',
  },
  lockoutNeedsName: {
    title: 'Lockout without the name that trust policies use',
    help: 'Add userPrincipalName, exactly as Entra has it: a Federation with nameId: userPrincipalName knows people by it, and not by their object id.',
  },
  sharedRoleLimits: {
    title: 'Not up to a policy that shares a role',
    help: "With role.ownership: statements the role is somebody else's: the policy only says who enters it. Remove the field, or let the policy make a role of its own.",
  },
  partitionMismatch: {
    title: 'No sign-in endpoint for the partition',
    help: "Add the sign-in endpoint of the account's partition to the audiences of the Federation.",
  },
  tooManyProblems: { title: 'More problems', help: 'Repair the problems shown, then look again.' },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof rules;

/** The title and help of a rule; for an identifier of another source, the identifier itself. */
export const describeRule = (id: string): Rule =>
  Object.hasOwn(rules, id) ? rules[id as RuleId] : { title: id, help: 'See the message.' };
