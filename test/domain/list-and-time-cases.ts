// What AWS was observed to answer, one case for each fact: lists, time, explicit denies.

import { type EvaluatorCase, alice, allow, deny, noon, ours } from './evaluator-case.ts';

const team = 'saml:edupersonaffiliation';
const tenMinutes = 600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const ends = (text: string) => allow({ DateLessThan: { 'aws:CurrentTime': text } });

const lists: readonly EvaluatorCase[] = [
  {
    name: 'a list of values matches if one of them does',
    statements: [allow({ StringEquals: { 'saml:sub': ['bob', alice] } })],
    decision: 'allowed',
  },
  {
    name: 'a list key never matches a scalar operator',
    statements: [allow({ StringEquals: { [team]: 'staff' } })],
    claims: { [team]: ['staff', 'member'] },
    decision: 'denied',
  },
  {
    name: 'a list key with one value is a list key still',
    statements: [allow({ StringEquals: { [team]: 'staff' } })],
    claims: { [team]: ['staff'] },
    decision: 'denied',
  },
  {
    name: 'a list key does not match a negated scalar operator either',
    statements: [allow({ StringNotEquals: { 'aws:TagKeys': 'x' } })],
    claims: { 'aws:tagkeys': ['Team'] },
    decision: 'denied',
  },
  {
    name: 'an empty list is present: a negated scalar operator does not match it',
    statements: [allow({ StringNotEquals: { 'saml:name': 'x' } })],
    claims: { 'saml:name': [] },
    decision: 'denied',
  },
  {
    name: 'an empty list is present: IfExists does not skip it',
    statements: [allow({ StringEqualsIfExists: { 'saml:name': 'x' } })],
    claims: { 'saml:name': [] },
    decision: 'denied',
  },
  {
    name: 'an empty list is present for Null',
    statements: [allow({ Null: { 'saml:name': 'false' } })],
    claims: { 'saml:name': [] },
    decision: 'allowed',
  },
  {
    name: 'several values under any key do not match a scalar operator',
    statements: [allow({ StringLikeIfExists: { 'saml:sub': '*' } })],
    claims: { 'saml:sub': [alice, 'bob'] },
    decision: 'denied',
  },
  {
    name: 'ForAnyValue matches if one of the values does',
    statements: [allow({ 'ForAnyValue:StringEquals': { [team]: 'staff' } })],
    claims: { [team]: ['member', 'staff'] },
    decision: 'allowed',
  },
  {
    name: 'ForAnyValue on a missing key is a mismatch',
    statements: [allow({ 'ForAnyValue:StringEquals': { [team]: 'staff' } })],
    decision: 'denied',
  },
  {
    name: 'ForAnyValue on a missing key is a mismatch for negated operators too',
    statements: [allow({ 'ForAnyValue:StringNotEquals': { [team]: 'staff' } })],
    decision: 'denied',
  },
  {
    name: 'ForAllValues on a missing key matches, which is why it must not stand alone in an Allow',
    statements: [allow({ 'ForAllValues:StringEquals': { [team]: 'staff' } })],
    decision: 'allowed',
  },
  {
    name: 'ForAllValues on an empty list matches',
    statements: [allow({ 'ForAllValues:StringEquals': { [team]: 'staff' } })],
    claims: { [team]: [] },
    decision: 'allowed',
  },
  {
    name: 'ForAllValues fails on one stranger',
    statements: [allow({ 'ForAllValues:StringEquals': { [team]: ['staff', 'member'] } })],
    claims: { [team]: ['staff', 'guest'] },
    decision: 'denied',
  },
  {
    name: 'ForAllValues with a negated operator fails if one value is listed',
    statements: [allow({ 'ForAllValues:StringNotEquals': { [team]: 'guest' } })],
    claims: { [team]: ['staff', 'guest'] },
    decision: 'denied',
  },
];

const time: readonly EvaluatorCase[] = [
  {
    name: 'access holds a millisecond before its end',
    statements: [ends(iso(noon + 1))],
    decision: 'allowed',
  },
  { name: 'access is over at its end', statements: [ends(iso(noon))], decision: 'denied' },
  {
    name: 'the end may have a zone of its own',
    statements: [ends('2026-06-01T14:00:00.001+02:00')],
    decision: 'allowed',
  },
  {
    name: 'the end in its own zone is exact',
    statements: [ends('2026-06-01T14:00:00+02:00')],
    decision: 'denied',
  },
  { name: 'the end may be a day', statements: [ends('2026-06-02')], decision: 'allowed' },
  {
    name: 'the end may be in epoch seconds',
    statements: [ends(String(noon / 1_000 + 1))],
    decision: 'allowed',
  },
  { name: 'an end in epoch seconds passes', statements: [ends(String(noon / 1_000))], decision: 'denied' },
  {
    name: 'a window admits inside',
    statements: [
      allow({
        DateGreaterThanEquals: { 'aws:CurrentTime': iso(noon) },
        DateLessThanEquals: { 'aws:CurrentTime': iso(noon) },
      }),
    ],
    decision: 'allowed',
  },
  {
    name: 'a window that has not begun admits nobody',
    statements: [allow({ DateGreaterThan: { 'aws:CurrentTime': iso(noon) } })],
    decision: 'denied',
  },
  {
    name: 'the request’s own claim cannot move the clock',
    statements: [ends(iso(noon))],
    claims: { 'aws:currenttime': iso(noon - tenMinutes) },
    decision: 'denied',
  },
  {
    name: 'aws:EpochTime compares as a number of seconds',
    statements: [allow({ NumericLessThan: { 'aws:EpochTime': noon / 1_000 + 1 } })],
    decision: 'allowed',
  },
  {
    name: 'aws:EpochTime compares as a date',
    statements: [allow({ DateLessThan: { 'aws:EpochTime': iso(noon) } })],
    decision: 'denied',
  },
];

const denies: readonly EvaluatorCase[] = [
  {
    name: 'an explicit Deny wins',
    statements: [ours, deny(undefined, { Sid: 'Stop' })],
    decision: 'denied',
    because: 'Stop denies it explicitly',
  },
  {
    name: 'an explicit Deny wins from any place in the document',
    statements: [deny({ StringEquals: { 'saml:sub': alice } }), ours],
    decision: 'denied',
    because: 'a statement without Sid denies it explicitly',
  },
  {
    name: 'a Deny for someone else leaves Alice in',
    statements: [deny({ StringEquals: { 'saml:sub': 'bob' } }), { ...ours, Sid: 'People' }],
    decision: 'allowed',
    because: 'People allows it',
  },
  {
    name: 'a negated Deny stops those who lack the key',
    statements: [ours, deny({ StringNotEquals: { 'saml:iss': 'https://sts.windows.net/t/' } })],
    decision: 'denied',
  },
  {
    name: 'a Deny for another action leaves Alice in',
    statements: [ours, deny(undefined, { Action: 'sts:TagSession' })],
    decision: 'allowed',
  },
];

export const listAndTimeCases = { lists, time, denies };
