// Compiled by `npm run types`, never run: the whole API as a shop in TypeScript uses it.
import { engage, type CardDetail, type Decision, type Engage, type Options } from 'engage-sdk';

export const options: Options = {
  site: 'pk_demo', endpoint: 'https://engage.shop.example', consent: 'tcf', tcf: { purposes: [1, 8], personalise: [1, 5], vendor: 1 },
  locale: 'de', theme: 'dark', modal: true, chat: 'crisp', preset: 'shopify', selectors: { cart: '.buy' },
  dataLayer: false, segment: false, spa: true, debug: true,
  onDecision: ({ action }) => action.startsWith('a'),
  onAction(decision, what: 'shown' | 'accepted' | 'dismissed') {
    engage.track(what, { decision: decision.id });
  },
};
engage.init(options);
engage.setConsent(true);
engage.setConsent({ measure: true, personalise: false, explicit: false });
export const consent: { measure: boolean; personalise: boolean } = engage.getConsent();
engage.track('add_to_cart', { value: 899, currency: 'EUR', items: [{ item_id: '42', price: 899 }] });
engage.pageView();
engage.pageView({ page: 'checkout' });
engage.setContext({ page: 'product', item: { item_id: '7', in_stock: false }, customer: { id: 'c_7', orders: 4 } });
engage.identify('c_7');
engage.decide();
export const shown: Promise<void> = engage.show({ id: 'd_1', action: 'hello', kind: 'help', content: { title: 'Hello' } });
engage.dismiss();
const off = engage.on('accepted', ({ kind, href, content }) => kind === 'chat' && console.info(content.group, href));
off();
engage.registerTemplate('help', ({ content }, element, act) =>
  element('div', { part: 'card' }, element('button', { click: act.decline }, content.title)));
engage.use({ setup: (api: Engage) => console.info(api.version) });
engage.flush();
engage.forget();
engage.destroy();

// Of the script tag: by name, at any time; with an answer, where it is there.
window.engage('on', 'dismissed', ({ decision, by }) => console.info(decision, by));
globalThis.engage('setConsent', { measure: true });
export const visitor: string | undefined = window.engage?.ids?.().visitor;
document.addEventListener('engage:accepted', (event) => {
  event.preventDefault();
  const detail: CardDetail = event.detail;
  location.assign(detail.href);
});
document.addEventListener('engage:decision', ({ detail }) => ((window as { kept?: Decision }).kept = detail));
