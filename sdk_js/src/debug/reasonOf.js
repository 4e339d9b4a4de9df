/** Why the page kept a card from being shown, by the word that is reported (in quotes: not ours to shorten). */
const REASONS = /** @type {Record<string, string>} */ ({
  'busy': 'another card is open, or on its way',
  consent_banner: 'a consent banner lies over the page (mark yours with data-engage-banner; unmark what only looks like one)',
  error: 'the card could not be made; see the error before this',
  hidden: 'the tab is not in sight',
  other_tab: 'another tab of this visitor has a card open',
  payment_step: 'this is a payment page',
  taken_over: 'onDecision returned false: the page shows it itself',
  typing: 'the visitor was typing less than 3 s ago',
});

/** @param {string} reason */
export function reasonOf(reason) {
  return `${reason}${REASONS[reason] ? `: ${REASONS[reason]}` : ''}`;
}
