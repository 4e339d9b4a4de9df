/** @import { Decision, Shown } from '../types.d.ts' */
import { safeUrl } from './safeUrl.js';

/**
 * What the controls of a card do: each is reported once to the service, told to the
 * page, and only then carried out.
 *
 * @param {Decision} decision
 * @param {Shown} shown the card on the screen, and the way to core and page
 */
export function createActs(decision, { kit, tell, say, close, isDone }) {
  const { kind, token, content } = decision;
  const { core, report, loadChunk } = kit;
  const { chat: tool } = core.options;
  const click = () => {
    if (!isDone()) report('action_clicked');
    isDone(true);
  };
  const act = {
    copy() {
      click();
      // Where it is forbidden the code stands there to be read.
      navigator.clipboard?.writeText(/** @type {string} */ (content.code)).then(() => say('copy', 3), () => {});
    },
    follow(/** @type {any} */ event) {
      click();
      // The page goes there by itself: a router's.
      if (tell('accepted', '', event.currentTarget.href)) return;
      event.preventDefault();
      close();
    },
    async accept() {
      const isChat = kind === 'chat' && token;
      // Clicked twice: whether somebody is free is being asked.
      if (isChat && isDone()) return;
      if (content.code) act.copy();
      else click();
      const chat = isChat && (await loadChunk('chat').catch(() => {}));
      if (isChat && !(await chat?.confirmChat(core.base, decision))) return say('text', 4);
      const to = safeUrl(content.href || content.items?.[0]?.link);
      const isFree = tell('accepted', '', to);
      // A tool that did not come: nobody is left waiting for it.
      if (isFree && chat && tool && !chat.openChat(tool, content.group, report)) return say('text', 4);
      if (!content.code) close();
      if (isFree && to) location.assign(to);
    },
    decline: () => close('decline'),
    close: () => close('close'),
  };
  return act;
}
