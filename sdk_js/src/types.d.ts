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
  touch?: boolean;
  active?: number;
  still?: number;
  /** Active ms after which a ping is due. */
  pingMs?: number;
}

/** An event of the CONTRACT table, without its age. */
export interface Fact {
  name: string;
  [field: string]: unknown;
}

/** State of a reducer. `out` is what the last step found, if anything. */
export type Step<S> = S & { out?: Fact };

export interface Item {
  item_id?: string;
  item_name?: string;
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
}

export interface Trail {
  path: string;
  at: number;
  before?: string;
  step?: number;
}

/** What the core lends to the signals chunk. */
export interface Kit {
  core: Core;
  listen(target: EventTarget, types: string, fn: (event: any) => void): void;
  guard: <A extends any[], R>(fn: (...args: A) => R) => (...args: A) => R | undefined;
  track(fact: Fact | undefined): void;
  pageKind(): string;
}

/** One card on the screen, as the UI chunk hands it to the core. */
export interface Card {
  id: string;
  close(by?: string): void;
}

/** Tells the page; false if a listener prevented what we would do next. */
export type Emit = (name: string, detail: any) => boolean;

export interface Ui {
  present(
    decision: Decision,
    core: Core,
    report: (name: string, fields?: Record<string, unknown>) => void,
    emit: Emit,
    asked: number,
  ): Card;
}

export interface Options {
  site?: string;
  endpoint?: string;
  consent?: 'manual' | 'granted' | 'gcm' | 'tcf';
  tcf?: { purposes?: number[]; personalise?: number[]; vendor?: number };
  locale?: string;
  theme?: 'light' | 'dark';
  selectors?: Record<string, string>;
  dataLayer?: string | false;
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
  push(event: Fact, urgent?: boolean): void;
  flush(leaving?: boolean): void;
  clear(): void;
}

export interface Store {
  /** The record, with a session that is alive; `fresh` if it just began. */
  touch(trail?: Trail): Kept & { fresh: boolean };
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
  guess: string;
  /** Address of the view that was last reported; '' before the first. */
  url: string;
  /** The product last reported. */
  product?: Item;
  /** Names of the events of this view. */
  told: Record<string, boolean>;
  /** The card on the screen; the id of the decision whose card is loading. */
  card?: Card;
  loading?: string;
  touch?: boolean;
  /** When a key was last pressed in a field, epoch ms. */
  typedAt: number;
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
  /** What looks for signals: attention, and those of the signals chunk. */
  reducers: ((state: any, input: Input) => Step<any>)[];
  /** Set by the signals chunk: what the page says of its product; where it led. */
  describe?: (root: ParentNode) => Item;
  follow?: () => void;
  /** Tells the signal reducers what happened. */
  tell(input: { k: string; [field: string]: unknown }): void;
}
