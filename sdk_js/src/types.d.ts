// Internal shapes. The public ones are in ../engage.d.ts.

/** One thing that happened, told to the reducers. Times are ms of one clock. */
export interface Input {
  /** What: move click key scroll leave | on off hide | tick page end | mutate error pick focus invalid */
  k: string;
  t: number;
  x?: number;
  y?: number;
  /** Role of the element under the pointer: cart, price, ... or '' */
  role?: string;
  /** The element, field or value concerned; compared, never sent. */
  of?: unknown;
  /** Radius in px within which clicks belong together. */
  near?: number;
  /** A click that cannot be rage: on a stepper, a carousel, selecting text. */
  calm?: boolean;
  /** A click on something that looks as if it reacts to clicks. */
  live?: boolean;
  /** Viewport height in px, and the deepest share of the page seen. */
  high?: number;
  deep?: number;
  /** Set by the driver: the main pointer is a finger; active ms of this view; ms since
      the last input. */
  touch?: boolean | 0;
  active?: number;
  still?: number;
  /** Active ms after which a ping is due. */
  pingMs?: number;
}

/** An event as the service knows it (engage/wire/events.py), without its age. */
export interface Fact {
  name: string;
  [field: string]: unknown;
}

/** A reducer, and the kinds of input that change it; without them all do. */
export type Reducer = [reduce: (state: any, input: Input) => Step<any>, kinds?: string];

/** State of a reducer. `out` is what the last step found, if anything. */
export type Step<S> = S & { out?: Fact };

export interface Item {
  item_id?: string | null;
  item_name?: string | null;
  [field: string]: unknown;
}

export interface Consent {
  measure: boolean;
  personalise: boolean;
  explicit: boolean;
}

export interface Suggestion {
  item_id?: string;
  title?: string;
  link?: string;
  image_link?: string;
  price?: string | number;
  currency?: string;
}

export interface Content {
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
}

export interface Decision {
  id: string;
  token?: string;
  action: string;
  kind: string;
  moment?: string;
  modal?: boolean;
  content: Content;
  expires_in_ms?: number;
}

export interface Answer {
  decision?: Decision;
  revoked?: string[];
}

/** What the browser keeps under one key, after consent only. */
export interface Kept {
  visitor: string;
  session: string;
  /** When the session was last heard of, epoch ms. */
  at: number;
  /** The last page: for quick_back and checkout_back. */
  trail?: Trail;
  /** A page left something in its tab's stash. */
  left?: boolean;
  /** The tab that has a card open, and until when, epoch ms. */
  card?: [tab: string | undefined, until: number];
}

export interface Trail {
  path: string;
  at: number;
  before?: string;
  step?: number;
}

/** What the core lends to the chunk of platforms. */
export interface Kit {
  core: Core;
  listen(target: EventTarget, types: string, fn: (event: any) => void, isCapturing?: boolean): void;
  track(fact: Fact | undefined): void;
  pageKind(): string;
  cleanEvent(name: string, fields?: Record<string, any>): Fact | undefined;
}

/** What a shop platform's pages look like. */
export interface Preset {
  kinds: Record<string, RegExp>;
  selectors: Record<string, string>;
  /** Shown by a search that found nothing. */
  none: string;
  /** Forms that put something into the cart, and buttons that do without one. */
  form: string;
  button?: string;
}

/** One card on the screen, as the UI chunk hands it to the core. */
export interface Card {
  id: string;
  host: Element;
  close(by?: string): void;
  /** The page gives way to another: the card goes, unless it holds a code. */
  away(): void;
}

/** Tells the page; false if a listener prevented what we would do next. */
export type Emit = (name: string, detail: any) => boolean;

/** What the core lends to the card. */
export interface CardKit {
  core: Core;
  report(name: string, fields?: Record<string, unknown>): void;
  emit: Emit;
  /** When the decision came, epoch ms. */
  asked: number;
  locale: string;
  loadChunk(name: string): Promise<any>;
  /** Of the time when it was asked: gone, if consent was withdrawn since. */
  store?: Store;
  log(...what: unknown[]): void;
  pageKind(): string;
}

/** A card on the screen, as its controls see it. */
export interface Shown {
  kit: Omit<CardKit, 'store' | 'log' | 'pageKind'>;
  /** Tells the page; false if it does itself what we would do next. */
  tell(what: 'shown' | 'accepted' | 'dismissed', by?: string, href?: string): boolean;
  /** Puts word number `word` of ours into a part, and says it. */
  say(part: string, word: number): void;
  close(by?: string): void;
  /** Whether something was clicked; `true` says so. */
  isDone(now?: boolean): boolean;
}

export interface Ui {
  show(decision: Decision, kit: CardKit): Promise<void>;
  present(decision: Decision, kit: Omit<CardKit, 'store' | 'log' | 'pageKind'>): Card;
  learnWords(decision: Decision, kit: CardKit): Promise<void>;
  /** Why no card may be shown on this kind of page now, or ''. */
  obstacle(core: Core, kind: string): string;
}

export interface Options {
  site?: string;
  endpoint?: string;
  consent?: 'manual' | 'granted' | 'gcm' | 'tcf';
  tcf?: { purposes?: number[]; personalise?: number[]; vendor?: number };
  locale?: string;
  theme?: 'light' | 'dark';
  modal?: boolean;
  chat?: string;
  preset?: string;
  selectors?: Record<string, string>;
  dataLayer?: string | false;
  segment?: boolean;
  spa?: boolean;
  debug?: boolean;
  onDecision?: (decision: Decision) => boolean | void;
  onAction?: (decision: Decision, what: string) => void;
}

export interface Context {
  page?: string;
  item?: Item;
  customer?: { id?: string; logged_in?: boolean; type?: string; orders?: number };
}

export interface Transport {
  /** Take over what the page before left. */
  open(): void;
  /** The network is back, which ends all waiting, or the page is: what was under way is
      sent again. */
  retry(isOnline?: unknown): void;
  push(event: Fact, urgent?: boolean): void;
  flush(leaving?: boolean): void;
  clear(): void;
}

export interface Store {
  /** The record, with a session that is alive; `fresh` if it just began. */
  touch(changes?: Partial<Pick<Kept, 'trail' | 'card' | 'left'>>): Kept & { fresh: boolean };
  forget(): void;
}

export type Template = (decision: Decision, h: H, act: Acts) => Element | null | void;

/** Makes an element: tag, attributes (functions become listeners), children. */
export type H = (
  tag: string,
  attributes?: Record<string, any>,
  ...children: (Node | string | number | undefined | null | false)[]
) => HTMLElement;

/** What a card's controls do. */
export interface Acts {
  accept(): void;
  decline(): void;
  close(): void;
}

export type Undo = () => void;

/** The one value that the parts of the core share. */
export interface Core {
  options: Options;
  base: string;
  tab?: string;
  consent?: Consent;
  context: Context;
  /** Kind of the page as told by events on it; the last guess. */
  guess?: string;
  /** Address of the view that was last reported; '' before the first. */
  url?: string;
  /** What beacons say of this view, as it was last seen. */
  page?: { url: string; kind: string; locale: string };
  /** The product last reported, and the id of the one before this address. */
  goods?: Item;
  former?: string | null;
  /** Names of the events of this view. */
  told: Record<string, boolean>;
  /** The card on the screen; whether one is on its way; decisions that were revoked. */
  card?: Card;
  loading?: boolean;
  gone: Record<string, boolean>;
  touch?: boolean | 0;
  /** When a key was last pressed in a field, epoch ms. */
  typedAt?: number;
  /** Decision id -> token, so that outcomes can be signed. */
  tokens: Record<string, string | undefined>;
  templates: Record<string, Template>;
  /** What to undo when measuring stops, and when the consent tool is left. */
  undo: Undo[];
  watching: Undo[];
  /** Entries of the dataLayer that were read. */
  seen: WeakSet<object>;
  store?: Store;
  transport: Transport;
  /** The banner of a TCF consent tool is open. */
  asking?: boolean;
  /** Set by `observePage`: told of each event, or of more context (''); what kind of
      page this seems to be. */
  noticed?: (name: string) => void;
  kindOf?: () => string;
  /** Set by `observeHistory`: begins the view of a new address, if there is one. */
  arrive?: () => void;
  preset?: Preset;
  /** Shop events came through the dataLayer. */
  isTagged?: Fact;
  /** Tells the signal reducers what happened. */
  tell(input: Partial<Input> & { k: string }): void;
}
