// Stands in for the Azure CLI: `az rest` on a Graph that is a JSON file. `az spoil WHAT` does what an attacker would.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, command, ...args] = process.argv.slice(2);
const stateFile = join(folder, 'state.json');
const note = (line) => appendFileSync(join(folder, 'requests.txt'), `${line}\n`);

const role = (value, types) => ({ id: `role-${value}`, value, isEnabled: true, allowedMemberTypes: types });
const graph = {
  id: 'graph-principal',
  appRoles: [
    role('GroupMember.Read.All', ['Application']),
    role('User.Read.All', ['Application']),
    role('User.Read', ['User']),
  ],
};
const state = existsSync(stateFile)
  ? JSON.parse(readFileSync(stateFile, 'utf8'))
  : { applications: [], credentials: [], principals: [], assignments: [], owners: [] };

const option = (name) => args[args.indexOf(name) + 1];
const upsert = (list, key, value, body, made = {}) => {
  const found = list.find((one) => one[key] === value);
  if (found === undefined) list.push({ ...made, [key]: value, ...body });
  else Object.assign(found, body);
  return found === undefined;
};

const answers = [
  [/^GET \/servicePrincipals\(appId='00000003-/, () => graph],
  [
    /^PATCH \/applications\(uniqueName='([^']+)'\)$/,
    ([name], body) =>
      upsert(state.applications, 'uniqueName', name, body, {
        id: `id-of-${name}`,
        appId: `client-of-${name}`,
        passwordCredentials: [],
        keyCredentials: [],
      }),
  ],
  [
    /^GET \/applications\(uniqueName='([^']+)'\)/,
    ([name]) => state.applications.find((one) => one.uniqueName === name),
  ],
  [
    /^PATCH \/applications\/[^/]+\/federatedIdentityCredentials\(name='([^']+)'\)$/,
    ([name], body) => upsert(state.credentials, 'name', name, body),
  ],
  [/^GET \/applications\/[^/]+\/federatedIdentityCredentials$/, () => ({ value: state.credentials })],
  [/^GET \/applications\/[^/]+\/owners/, () => ({ value: state.owners })],
  [
    /^PATCH \/servicePrincipals\(appId='([^']+)'\)$/,
    ([appId], body) => upsert(state.principals, 'appId', appId, body, { id: `principal-of-${appId}` }),
  ],
  [
    /^GET \/servicePrincipals\(appId='([^']+)'\)/,
    ([appId]) => state.principals.find((one) => one.appId === appId),
  ],
  [/^GET \/servicePrincipals\/[^/]+\/appRoleAssignments$/, () => ({ value: state.assignments })],
  [
    /^POST \/servicePrincipals\/graph-principal\/appRoleAssignedTo$/,
    (_, body) => void state.assignments.push(body),
  ],
];

const rest = () => {
  const method = option('--method');
  const path = option('--url').replace('https://graph.microsoft.com/v1.0', '');
  const body = args.includes('--body') ? JSON.parse(option('--body')) : undefined;
  for (const [pattern, answer] of answers) {
    const match = pattern.exec(`${method} ${path}`);
    if (match === null) continue;
    const value = answer(match.slice(1), body);
    note(`${method} ${path}${value === true ? ' created' : ''}`);
    if (method === 'GET') process.stdout.write(JSON.stringify(value));
    return;
  }
  process.stderr.write(`no such request: ${method} ${path}\n`);
  process.exitCode = 1;
};

const spoil = {
  secrets: () => state.applications[0].passwordCredentials.push({ keyId: 'x' }),
  owners: () => state.owners.push({ id: 'x' }),
  credentials: () => state.credentials.push({ name: 'other' }),
};

note('');
if (command === 'rest') rest();
else spoil[args[0]]();
writeFileSync(stateFile, JSON.stringify(state));
