// Identity providers: SAML and OpenID Connect.

import { type Account, type OidcProvider, type SamlProvider, iamArn } from '../account-state.ts';
import { requiredText, textList } from '../query-protocol.ts';
import { alreadyExists, invalidInput, noSuchEntity } from '../service-error.ts';
import { listElement, textElement, timeText } from '../xml.ts';
import { type IamAction, type IamActions, type IamCall, arnRule } from './call.ts';
import { type Tags, mergeTags, removeTags, tagsElement, tagsOf } from './tags.ts';

const hundredYearsMs = 100 * 365 * 86_400_000;
const metadataRule = { min: 1_000, max: 10_000_000 };

const entityIdOf = (metadata: string): string => {
  const entityId = /<(?:\w+:)?EntityDescriptor\b[^>]*\bentityID="([^"]+)"/.exec(metadata)?.[1];
  if (entityId === undefined || !/<(?:\w+:)?IDPSSODescriptor\b/.test(metadata)) {
    throw invalidInput('Could not parse metadata');
  }
  return entityId;
};

const requiredSaml = (call: IamCall): SamlProvider => {
  const arn = requiredText(call.params, 'SAMLProviderArn', arnRule);
  const provider = call.account.samlProviders.get(arn);
  if (provider === undefined) throw noSuchEntity(`Manifest not found for arn ${arn}`);
  return provider;
};

const putSaml = (call: IamCall, provider: SamlProvider): void => {
  call.account.samlProviders.set(provider.arn, provider);
  call.changed();
};

const createSaml: IamAction = (call) => {
  const name = requiredText(call.params, 'Name', { pattern: /^[\w._-]+$/, max: 128 });
  const metadata = requiredText(call.params, 'SAMLMetadataDocument', metadataRule);
  const tags = Object.fromEntries(tagsOf(call.params));
  const arn = iamArn(call.account.accountId, `saml-provider/${name}`);
  if (call.account.samlProviders.has(arn)) {
    throw alreadyExists(`SAMLProvider with name ${name} already exists.`);
  }
  const uuid = call.account.newId('ASPR');
  putSaml(call, { arn, name, metadata, entityId: entityIdOf(metadata), uuid, createdAtMs: call.nowMs, tags });
  return textElement('SAMLProviderArn', arn) + tagsElement(tags);
};

const samlDates = (provider: SamlProvider): string =>
  textElement('ValidUntil', timeText(provider.createdAtMs + hundredYearsMs)) +
  textElement('CreateDate', timeText(provider.createdAtMs));

const getSaml: IamAction = (call) => {
  const provider = requiredSaml(call);
  return (
    textElement('SAMLProviderUUID', provider.uuid) +
    textElement('SAMLMetadataDocument', provider.metadata) +
    samlDates(provider) +
    tagsElement(provider.tags)
  );
};

const listSaml: IamAction = (call) =>
  listElement(
    'SAMLProviderList',
    [...call.account.samlProviders.values()].map(
      (provider) => textElement('Arn', provider.arn) + samlDates(provider),
    ),
  );

const updateSaml: IamAction = (call) => {
  const provider = requiredSaml(call);
  const metadata = requiredText(call.params, 'SAMLMetadataDocument', metadataRule);
  putSaml(call, { ...provider, metadata, entityId: entityIdOf(metadata) });
  return textElement('SAMLProviderArn', provider.arn);
};

const deleteSaml: IamAction = (call) => {
  call.account.samlProviders.delete(requiredSaml(call).arn);
  call.changed();
  return undefined;
};

const requiredOidc = (call: IamCall): OidcProvider => {
  const arn = requiredText(call.params, 'OpenIDConnectProviderArn', arnRule);
  const provider = call.account.oidcProviders.get(arn);
  if (provider === undefined) {
    throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  }
  return provider;
};

const putOidc = (call: IamCall, provider: OidcProvider): void => {
  call.account.oidcProviders.set(provider.arn, provider);
  call.changed();
};

const createOidc: IamAction = (call) => {
  const fullUrl = requiredText(call.params, 'Url', { max: 255 });
  if (!/^https:\/\/[^?#]+$/.test(fullUrl)) throw invalidInput('Invalid Open ID Connect Provider URL');
  const url = fullUrl.slice('https://'.length);
  const tags = Object.fromEntries(tagsOf(call.params));
  const arn = iamArn(call.account.accountId, `oidc-provider/${url}`);
  if (call.account.oidcProviders.has(arn)) {
    throw alreadyExists(`Provider with url ${fullUrl} already exists.`);
  }
  const clientIds = textList(call.params, 'ClientIDList');
  const thumbprints = textList(call.params, 'ThumbprintList');
  putOidc(call, { arn, url, clientIds, thumbprints, createdAtMs: call.nowMs, tags });
  return textElement('OpenIDConnectProviderArn', arn) + tagsElement(tags);
};

const getOidc: IamAction = (call) => {
  const provider = requiredOidc(call);
  return (
    textElement('Url', provider.url) +
    listElement('ClientIDList', provider.clientIds ?? []) +
    listElement('ThumbprintList', provider.thumbprints) +
    textElement('CreateDate', timeText(provider.createdAtMs)) +
    tagsElement(provider.tags)
  );
};

const listOidc: IamAction = (call) =>
  listElement(
    'OpenIDConnectProviderList',
    [...call.account.oidcProviders.keys()].map((arn) => textElement('Arn', arn)),
  );

/** Deleting what is not there succeeds. [IAM API: DeleteOpenIDConnectProvider is idempotent] */
const deleteOidc: IamAction = (call) => {
  const arn = requiredText(call.params, 'OpenIDConnectProviderArn', arnRule);
  if (call.account.oidcProviders.delete(arn)) call.changed();
  return undefined;
};

const retagged = (call: IamCall, tags: Tags): Tags => {
  const keys = textList(call.params, 'TagKeys');
  return keys.length > 0 ? removeTags(tags, keys) : mergeTags(tags, tagsOf(call.params));
};

const retagSaml: IamAction = (call) => {
  const provider = requiredSaml(call);
  putSaml(call, { ...provider, tags: retagged(call, provider.tags) });
  return undefined;
};

const retagOidc: IamAction = (call) => {
  const provider = requiredOidc(call);
  putOidc(call, { ...provider, tags: retagged(call, provider.tags) });
  return undefined;
};

/** The provider that issues for this URL, if the account has it. */
export const oidcProviderOf = (account: Account, issuer: string): OidcProvider | undefined =>
  account.oidcProviders.get(iamArn(account.accountId, `oidc-provider/${issuer}`));

export const identityProviderActions: IamActions = {
  CreateSAMLProvider: createSaml,
  GetSAMLProvider: getSaml,
  ListSAMLProviders: listSaml,
  UpdateSAMLProvider: updateSaml,
  DeleteSAMLProvider: deleteSaml,
  TagSAMLProvider: retagSaml,
  UntagSAMLProvider: retagSaml,
  CreateOpenIDConnectProvider: createOidc,
  GetOpenIDConnectProvider: getOidc,
  ListOpenIDConnectProviders: listOidc,
  DeleteOpenIDConnectProvider: deleteOidc,
  TagOpenIDConnectProvider: retagOidc,
  UntagOpenIDConnectProvider: retagOidc,
};
