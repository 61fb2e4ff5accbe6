// Warnings of sessions that end although nobody asked for that by name, and of denies that are not ours: told first, and
// loudly. Found by their words, wide on purpose: one too many costs a glance.

const loud = /\bsigns? in again\b|\bden(?:y|ies)\b|\b(?:is|are) denied\b/i;

export const isLoud = (warning: string): boolean => loud.test(warning);
