// What a hold says of the acknowledgement that would end it.

import { type Acknowledgeable, whyNotAcknowledged } from '../../domain/acknowledgement.ts';
import type { PlanInput } from '../plan-input.ts';

export const howToAcknowledge = (
  asked: Acknowledgeable,
  { acknowledgements, nowMs }: Pick<PlanInput, 'acknowledgements' | 'nowMs'>,
): string => {
  const why = whyNotAcknowledged(asked, acknowledgements, nowMs) ?? '';
  return `${why === '' ? '' : `${why}; `}if that is meant, \`rolewarden ack ${asked.scope}\` prints what to commit`;
};
