// Types of the browser SDK of engage. `window.engage` is an `Engage`.

/** Page kinds of the contract. */
export type PageKind =
  | 'home'
  | 'list'
  | 'search'
  | 'product'
  | 'cart'
  | 'checkout'
  | 'payment'
  | 'thanks'
  | 'content'
  | 'other';

export type Role =
  | 'cart'
  | 'checkout'
  | 'variant'
  | 'size'
  | 'qty'
  | 'coupon'
  | 'price'
  | 'shipping'
  | 'search';

/** One product, by GA4's names. `item_id` or `item_name` is required. */
export interface Item {
  item_id?: string;
  item_name?: string;
  item_brand?: string;
  item_category?: string;
  item_variant?: string;
  price?: number | string;
  quantity?: number | string;
  discount?: number | string;
  /** ISO 4217, three capitals. */
  currency?: string;
  in_stock?: boolean;
}

export interface Options {
  /** Public site key. */
  site: string;
  /** Origin (and path, if any) of the service; default: where the script came from, up to `/sdk/`. */
  endpoint?: string;
  /** Who decides about consent; default `manual` (`setConsent`). */
  consent?: 'manual' | 'granted' | 'gcm' | 'tcf';
  /** TCF purposes that must be granted to measure and to personalise, and the vendor. */
  tcf?: { purposes?: number[]; personalise?: number[]; vendor?: number };
  /** Language of our own few words (de en es fr it); default `<html lang>`. */
  locale?: string;
  /** Default: what the visitor's system prefers. */
  theme?: 'light' | 'dark';
  /** Cards are dialogs that take the focus, instead of regions at the side. */
  modal?: boolean;
  /** The chat tool of the page that is opened once a chat is accepted and confirmed. */
  chat?: 'chatwoot' | 'userlike' | 'zendesk' | 'intercom' | 'crisp' | 'tawk' | 'livechat';
  /** The platform of the shop: knows its page kinds, roles and cart forms. */
  preset?: 'shopify' | 'woocommerce' | 'shopware';
  /** CSS selectors of the shop by role; they replace the usual ones of that role. */
  selectors?: Partial<Record<Role, string>>;
  /** Name of the GA4 data layer, or false to leave it alone; default `dataLayer`. */
  dataLayer?: string | false;
  /** Whether to hear what the page tells Segment's `analytics.track`; default true. */
  segment?: boolean;
  /** Whether a new address without a load is a page view; default true. */
  spa?: boolean;
  /** Say in the console what is seen, sent, answered, and why nothing was shown. */
  debug?: boolean;
  /** Called with each decision; return false to show it yourself. */
  onDecision?: (decision: Decision) => boolean | void;
  /** Called when a card is `shown`, `accepted` or `dismissed`. */
  onAction?: (decision: Decision, what: 'shown' | 'accepted' | 'dismissed') => void;
}

export interface Context {
  page?: PageKind;
  item?: Item;
  customer?: {
    /** Opaque, `[A-Za-z0-9_.:-]{1,64}`: never an e-mail address. */
    id?: string;
    logged_in?: boolean;
    type?: string;
    orders?: number;
  };
}

export interface Consent {
  /** Behaviour may be observed. */
  measure?: boolean;
  /** Something may be shown because of it. */
  personalise?: boolean;
  /** The visitor said so on this site (outweighs GPC); default true. */
  explicit?: boolean;
}

export interface Suggestion {
  item_id?: string;
  title?: string;
  link?: string;
  image_link?: string;
  price?: number | string;
  currency?: string;
}

export interface Decision {
  id: string;
  /** Proves to the service that the decision was its own. */
  token?: string;
  /** Id of the intervention. */
  action: string;
  kind: 'chat' | 'discount' | 'alternative' | 'help' | (string & {});
  moment?: string;
  content: {
    title?: string;
    text?: string;
    cta?: string;
    decline?: string;
    disclosure?: string;
    /** Of the texts, where it is another language than the page's. */
    locale?: string;
    code?: string;
    terms?: string;
    href?: string;
    items?: Suggestion[];
    group?: string;
  };
  expires_in_ms?: number;
  /** For `show`: as a dialog (true) or a region (false), whatever the option says. */
  modal?: boolean;
}

/** Detail of `engage:shown`, `engage:accepted` and `engage:dismissed`. */
export interface CardDetail extends Decision {
  /** The same as `id`. */
  decision: string;
  /** How it was dismissed: `decline`, `close`, `escape`; else ''. */
  by: string;
  /** Where an accepted card leads (of an alternative: the product chosen); else ''. */
  href: string;
}

export interface EventDetails {
  decision: Decision;
  shown: CardDetail;
  accepted: CardDetail;
  dismissed: CardDetail;
}

/** Makes an element: tag, attributes (functions become click listeners), children. */
export type ElementMaker = (
  tag: string,
  attributes?: Record<string, unknown>,
  ...children: (Node | string | number | undefined | null | false)[]
) => HTMLElement;

export interface CardActs {
  accept(): void;
  decline(): void;
  close(): void;
}

export type Template = (
  decision: Decision,
  element: ElementMaker,
  act: CardActs,
) => Element | null | void;

export interface Plugin {
  setup(api: Engage): void;
}

export interface Calls {
  /** Set up; attributes of the script tag do the same. */
  init(options: Partial<Options>): void;
  /** Report a shop event by its GA4 name, or `chat_started`, `chat_rated`. */
  track(name: string, fields?: Record<string, unknown>): void;
  /** A page view that no address tells of. */
  pageView(context?: Context): void;
  /** What the shop knows about page, product and customer. */
  setContext(context: Context): void;
  /** The visitor's choice. `false` withdraws: nothing stays stored. */
  setConsent(choice: Consent | boolean): void;
  getConsent(): { measure: boolean; personalise: boolean };
  /** Ids for the shop's order call; undefined before consent. */
  ids(): { visitor?: string; session?: string };
  /** Erase this visitor, here and at the service. */
  forget(): void;
  /** The shop's own opaque customer id. */
  identify(id: string): void;
  /** Ask for a decision now. */
  decide(): void;
  /** Show a decision, for example one that `onDecision` kept. */
  show(decision: Decision): Promise<void>;
  /** Close the card, as its close button does. */
  dismiss(): void;
  /** Listen; returns the function that stops it. */
  on<N extends keyof EventDetails>(name: N, fn: (detail: EventDetails[N]) => void): () => void;
  /** Draw cards of a kind yourself; return nothing to get the usual one. */
  registerTemplate(kind: string, template: Template): void;
  use(plugin: Plugin): void;
  /** Send what is waiting now. */
  flush(): void;
  /** Stop everything; ids stay. */
  destroy(): void;
}

export interface Engage extends Calls {
  <E extends keyof EventDetails>(name: 'on', event: E, fn: (detail: EventDetails[E]) => void): () => void;
  <N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): ReturnType<Calls[N]>;
  readonly version: string;
}

declare global {
  /** Of the script tag. Until it has come, or where it is blocked, the stub or nothing. */
  var engage: Engage;
  interface Window {
    engage: Engage;
  }
  interface DocumentEventMap {
    'engage:decision': CustomEvent<Decision>;
    'engage:shown': CustomEvent<CardDetail>;
    'engage:accepted': CustomEvent<CardDetail>;
    'engage:dismissed': CustomEvent<CardDetail>;
  }
}

/** For shops that bundle their scripts; at rest until `init`. */
export declare const engage: Engage;
