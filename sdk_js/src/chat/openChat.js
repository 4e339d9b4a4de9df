/**
 * By tool: opens its window, and tells it the group that is asked for, where it takes
 * such a note. All names are the tools' public ones. Each throws where its tool is not
 * on the page.
 *
 * @type {Record<string, (page: any, group: string) => unknown>}
 */
const TOOLS = {
  chatwoot({ $chatwoot }, engage_group) {
    $chatwoot.setConversationCustomAttributes?.({ engage_group });
    $chatwoot.toggle('open');
  },
  userlike({ userlike, userlikeMessenger }) {
    // The newer messenger is the object that the shop made with `createMessenger`.
    if (userlikeMessenger) userlikeMessenger.maximize();
    else userlike.userlikeStartChat();
  },
  zendesk({ zE }, group) {
    if (zE.widget === 'classic') return zE('webWidget', 'open');
    zE('messenger:set', 'conversationTags', [group]);
    zE('messenger', 'open');
  },
  intercom({ Intercom }, engage_group) {
    Intercom('update', { engage_group });
    Intercom('show');
  },
  crisp({ $crisp }, group) {
    $crisp.push(['set', 'session:segments', [[group]]]);
    $crisp.push(['do', 'chat:open']);
  },
  tawk({ Tawk_API }, group) {
    Tawk_API.addTags?.([group], () => {});
    Tawk_API.maximize();
  },
  livechat({ LiveChatWidget }, engage_group) {
    LiveChatWidget.call('set_session_variables', { engage_group });
    LiveChatWidget.call('maximize');
  },
};

/**
 * Open a chat tool of the page.
 *
 * @param {string} tool `chatwoot userlike zendesk intercom crisp tawk livechat`
 * @param {string | undefined} group competence that the visitor needs
 * @param {(name: string) => void} report told `chat_started`
 * @param {any} [page]
 * @returns {boolean} whether the tool is there and was opened
 */
export function openChat(tool, group = '', report, page = window) {
  try {
    TOOLS[tool](page, group);
    report('chat_started');
    return true;
  } catch (error) {
    console.warn('engage', `chat tool ${tool} is not on this page`, error);
    return false;
  }
}
