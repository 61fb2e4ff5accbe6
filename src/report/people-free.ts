// Text for places that name no people: the log and the metrics port. Messages quote user principal names where a policy
// trusts people by them, so whatever looks like one is blotted out. Object ids stay: they name nobody by themselves.

/** Wide on purpose: a Git remote blotted out is a smaller loss than a person's name in a dashboard. */
const address = /[^\s,;:"()<>[\]{}|=`]+@[^\s,;:"()<>[\]{}|=`]*/g;

/** What stands in the place of a name. */
export const aPerson = '(a person)';

/** The text without anything that looks like a user principal name or a mail address. */
export const withoutPeople = (text: string): string => text.replace(address, aPerson);
