#!/usr/bin/env bash
# An application in Entra that signs in without a secret: whoever holds a token of ISSUER for SUBJECT is it. Made if it is not there,
# and brought in line if it is; a second run changes nothing. Needs az (signed in, with the roles Application Administrator and
# Privileged Role Administrator) and jq.
#
#   application.sh NAME ISSUER SUBJECT PERMISSION...
#
#   NAME         of the application, and its unique name: rolewarden
#   ISSUER       of the tokens, with https://
#   SUBJECT      the sub claim of the tokens, whole: the ARN of the controller's task role
#   PERMISSION   application permissions of Microsoft Graph by name: GroupMember.Read.All. Granted for the whole tenant.
set -euo pipefail

if [ "$#" -lt 4 ]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d' >&2
  exit 64
fi
name="$1" issuer="$2" subject="$3"
shift 3

graph=https://graph.microsoft.com/v1.0
# Microsoft Graph itself, in every tenant.
graph_app=00000003-0000-0000-c000-000000000000

[[ "$name" =~ ^[a-z0-9][a-z0-9-]{1,62}$ ]] || { echo "the name '$name' is no name of lower-case letters, digits and hyphens" >&2; exit 64; }
[[ "$issuer" =~ ^https://[^/]+ ]] || { echo "the issuer '$issuer' is no https URL" >&2; exit 64; }
[[ "$subject" != *'*'* ]] || { echo "the subject '$subject' has a *, which Entra takes literally: give it whole" >&2; exit 64; }

get() { az rest --method GET --url "$1"; }
put() { az rest --method PATCH --url "$1" --headers 'Prefer=create-if-missing' 'Content-Type=application/json' --body "$2" > /dev/null; }

permissions="$(get "$graph/servicePrincipals(appId='$graph_app')?\$select=id,appRoles")"
graph_id="$(jq --raw-output .id <<< "$permissions")"
role_id() {
  jq --raw-output --exit-status --arg value "$1" \
    '.appRoles[] | select(.value == $value and .isEnabled and (.allowedMemberTypes | index("Application"))) | .id' <<< "$permissions" ||
    { echo "Microsoft Graph has no application permission '$1': correct its name" >&2; exit 1; }
}
wanted=()
for permission in "$@"; do wanted+=("$(role_id "$permission")"); done

put "$graph/applications(uniqueName='$name')" "$(jq --null-input --arg name "$name" --arg graph "$graph_app" '{
  displayName: $name,
  signInAudience: "AzureADMyOrg",
  requiredResourceAccess: [{ resourceAppId: $graph, resourceAccess: [$ARGS.positional[] | { id: ., type: "Role" }] }]
}' --args "${wanted[@]}")"
application="$(get "$graph/applications(uniqueName='$name')?\$select=id,appId,passwordCredentials,keyCredentials")"
id="$(jq --raw-output .id <<< "$application")"
client_id="$(jq --raw-output .appId <<< "$application")"

put "$graph/applications/$id/federatedIdentityCredentials(name='$name')" "$(jq --null-input --arg issuer "$issuer" --arg subject "$subject" '{
  issuer: $issuer, subject: $subject, audiences: ["api://AzureADTokenExchange"]
}')"
put "$graph/servicePrincipals(appId='$client_id')" "$(jq --null-input --arg name "$name" '{ displayName: $name }')"
principal_id="$(get "$graph/servicePrincipals(appId='$client_id')?\$select=id" | jq --raw-output .id)"

given="$(get "$graph/servicePrincipals/$principal_id/appRoleAssignments" |
  jq --raw-output --arg graph "$graph_id" '.value[] | select(.resourceId == $graph) | .appRoleId')"
for role in "${wanted[@]}"; do
  if ! grep --quiet --line-regexp --fixed-strings -- "$role" <<< "$given"; then
    az rest --method POST --url "$graph/servicePrincipals/$graph_id/appRoleAssignedTo" --headers 'Content-Type=application/json' \
      --body "$(jq --null-input --arg principal "$principal_id" --arg graph "$graph_id" --arg role "$role" \
        '{ principalId: $principal, resourceId: $graph, appRoleId: $role }')" > /dev/null
  fi
done

# What it should not have is told, and left to a person.
for role in $given; do
  if ! printf '%s\n' "${wanted[@]}" | grep --quiet --line-regexp --fixed-strings -- "$role"; then
    value="$(jq --raw-output --arg id "$role" '.appRoles[] | select(.id == $id) | .value' <<< "$permissions")"
    echo "look here: it also has the permission ${value:-$role}, which was not asked for" >&2
  fi
done
secrets="$(jq '(.passwordCredentials | length) + (.keyCredentials | length)' <<< "$application")"
[ "$secrets" -eq 0 ] || echo "look here: it has $secrets secrets or certificates, by which anybody who holds them can sign in" >&2
others="$(get "$graph/applications/$id/federatedIdentityCredentials" |
  jq --raw-output --arg name "$name" '.value[] | select(.name != $name) | .name')"
[ -z "$others" ] || echo "look here: others can sign in as it too, by these federated credentials: $others" >&2
owners="$(get "$graph/applications/$id/owners?\$select=id" | jq '.value | length')"
[ "$owners" -eq 0 ] || echo "look here: it has $owners owners, who can give it a secret: take them off" >&2

echo "AZURE_CLIENT_ID=$client_id"
