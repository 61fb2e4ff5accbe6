// What AWS was observed to answer, one case for each fact: principals, keys and values.

import { oidcProvider, samlAudience, samlProvider } from '../builders.ts';
import {
  type EvaluatorCase,
  alice,
  allow,
  issuerKey,
  ours,
  webIdentity,
  webIdentityAllow,
} from './evaluator-case.ts';

const principals: readonly EvaluatorCase[] = [
  { name: 'the person whom we wrote enters', statements: [ours], decision: 'allowed' },
  { name: 'nobody enters by an empty document', statements: [], decision: 'denied' },
  {
    name: 'another person does not enter',
    statements: [ours],
    claims: { 'saml:sub': 'mallory' },
    decision: 'denied',
    because: 'no statement allows it',
  },
  {
    name: 'an assertion that was meant for another audience does not enter',
    statements: [ours],
    claims: { 'saml:aud': 'https://signin.amazonaws.cn/saml' },
    decision: 'denied',
  },
  {
    name: 'another provider does not enter',
    statements: [ours],
    request: { principal: { type: 'Federated', id: `${samlProvider}2` } },
    decision: 'denied',
  },
  {
    name: 'another action is not allowed',
    statements: [ours],
    request: { action: 'sts:TagSession' },
    decision: 'denied',
  },
  {
    name: 'an action is compared without regard to case',
    statements: [allow(undefined, { Action: 'STS:assumerolewithsaml' })],
    decision: 'allowed',
  },
  {
    name: 'an action with a star covers the sign-in',
    statements: [allow(undefined, { Action: 'sts:*' })],
    decision: 'allowed',
  },
  {
    name: 'Principal AWS "*" admits no federated caller',
    statements: [allow(undefined, { Principal: { AWS: '*' } })],
    decision: 'denied',
  },
  {
    name: 'a bare "*" as principal admits no federated caller',
    statements: [allow(undefined, { Principal: '*' })],
    decision: 'denied',
  },
  {
    name: 'one of two providers in a list is enough',
    statements: [allow(undefined, { Principal: { Federated: [oidcProvider, samlProvider] } })],
    decision: 'allowed',
  },
  {
    name: 'a SAML provider under another kind of principal admits nobody',
    statements: [allow(undefined, { Principal: { AWS: samlProvider } })],
    decision: 'denied',
  },
];

const keysAndValues: readonly EvaluatorCase[] = [
  {
    name: 'condition keys are compared without regard to case',
    statements: [allow({ StringEquals: { 'SAML:Aud': samlAudience, 'SAML:SUB': alice } })],
    decision: 'allowed',
  },
  {
    name: 'values are compared with regard to case',
    statements: [allow({ StringEquals: { 'saml:sub': alice.toUpperCase() } })],
    decision: 'denied',
  },
  {
    name: 'StringEqualsIgnoreCase compares values without regard to case',
    statements: [allow({ StringEqualsIgnoreCase: { 'saml:sub': alice.toUpperCase() } })],
    decision: 'allowed',
  },
  {
    name: 'StringEqualsIgnoreCase compares lower case, which is not Unicode folding',
    statements: [allow({ StringEqualsIgnoreCase: { 'saml:sub': 'STRASSE' } })],
    claims: { 'saml:sub': 'straße' },
    decision: 'denied',
  },
  {
    name: 'a look-alike letter is another letter',
    statements: [allow({ StringEquals: { 'saml:sub': 'alice' } })],
    claims: { 'saml:sub': '\u0430lice' },
    decision: 'denied',
  },
  {
    name: 'a star in StringEquals is a star',
    statements: [allow({ StringEquals: { 'saml:sub': '*' } })],
    decision: 'denied',
  },
  {
    name: 'a key that the request lacks is a mismatch',
    statements: [allow({ StringEquals: { 'saml:iss': 'https://sts.windows.net/' } })],
    decision: 'denied',
  },
  {
    name: 'a negated operator matches on a key that the request lacks',
    statements: [allow({ StringNotEquals: { 'saml:iss': 'https://evil.example' } })],
    decision: 'allowed',
  },
  {
    name: 'IfExists matches on a key that the request lacks',
    statements: [allow({ StringEqualsIfExists: { 'saml:iss': 'x' } })],
    decision: 'allowed',
  },
  {
    name: 'IfExists compares a key that the request has',
    statements: [allow({ StringEqualsIfExists: { 'saml:sub': 'x' } })],
    decision: 'denied',
  },
  {
    name: 'all conditions must hold',
    statements: [allow({ StringEquals: { 'saml:sub': alice }, StringLike: { 'saml:aud': 'urn:*' } })],
    decision: 'denied',
  },
  {
    name: 'aws:PrincipalArn is absent from a federated sign-in, so a condition on it fails',
    statements: [allow({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' } })],
    decision: 'denied',
  },
  {
    name: 'v1 tokens of Entra enter by audience and subject',
    statements: [webIdentityAllow({ StringEquals: { [issuerKey('aud')]: 'api', [issuerKey('sub')]: 'sp' } })],
    request: webIdentity,
    claims: { [issuerKey('aud')]: 'api', [issuerKey('sub')]: 'sp' },
    decision: 'allowed',
  },
  {
    name: 'the key prefix of an OIDC provider includes its trailing slash',
    statements: [webIdentityAllow({ StringEquals: { [issuerKey('aud').replace('/:', ':')]: 'api' } })],
    request: webIdentity,
    claims: { [issuerKey('aud')]: 'api' },
    decision: 'denied',
  },
];

export const observedCases = { principals, keysAndValues };
