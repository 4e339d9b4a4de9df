import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmChat } from '../src/chat/confirmChat.js';
import { openChat } from '../src/chat/openChat.js';

/** A function that writes down its calls under a name. */
const spy = (calls, name) => (...args) => void calls.push([name, ...args]);

/** Each tool as its documentation describes it, and the call that opens it. */
const TOOLS = [
  ['chatwoot', (c) => ({ $chatwoot: { toggle: spy(c, 'toggle'), setConversationCustomAttributes: spy(c, 'note') } }), ['toggle', 'open']],
  ['userlike', (c) => ({ userlike: { userlikeStartChat: spy(c, 'start') } }), ['start']],
  ['userlike', (c) => ({ userlikeMessenger: { maximize: spy(c, 'maximize') } }), ['maximize']],
  ['zendesk', (c) => ({ zE: spy(c, 'zE') }), ['zE', 'messenger', 'open']],
  ['zendesk', (c) => ({ zE: Object.assign(spy(c, 'zE'), { widget: 'classic' }) }), ['zE', 'webWidget', 'open']],
  ['intercom', (c) => ({ Intercom: spy(c, 'Intercom') }), ['Intercom', 'show']],
  ['crisp', (c) => ({ $crisp: { push: spy(c, 'push') } }), ['push', ['do', 'chat:open']]],
  ['tawk', (c) => ({ Tawk_API: { maximize: spy(c, 'maximize') } }), ['maximize']],
  ['livechat', (c) => ({ LiveChatWidget: { call: spy(c, 'call') } }), ['call', 'maximize']],
];

for (const [tool, make, opened] of TOOLS) {
  test(`${tool}: opened last, by ${opened.join(' ')}`, () => {
    const calls = [];
    assert.equal(openChat(tool, 'guitars', spy(calls, 'report'), make(calls)), true);
    assert.deepEqual(calls.slice(-2), [opened, ['report', 'chat_started']]);
  });
}

test('tools that take a note are told who is needed', () => {
  const noted = TOOLS.filter(([tool, make]) => {
    const calls = [];
    openChat(tool, 'guitars', () => {}, make(calls));
    return JSON.stringify(calls).includes('guitars');
  });
  assert.deepEqual([...new Set(noted.map(([tool]) => tool))], ['chatwoot', 'zendesk', 'intercom', 'crisp', 'livechat']);
});

test('a tool that is not on the page, or unknown, opens nothing and throws nothing', (context) => {
  const warn = context.mock.method(console, 'warn', () => {});
  const told = [];
  for (const tool of [...new Set(TOOLS.map(([name]) => name)), 'fax']) {
    assert.equal(openChat(tool, 'x', spy(told, 'report'), {}), false, tool);
  }
  assert.deepEqual(told, []);
  assert.ok(warn.mock.callCount() > 0);
});

test('a chat is confirmed by 200 only', async () => {
  const asked = [];
  for (const [answer, expected] of [[200, true], [409, false], ['fails', false]]) {
    globalThis.fetch = async (url, { body }) => {
      asked.push([url, body]);
      if (answer === 'fails') throw new TypeError('offline');
      return new Response(null, { status: answer });
    };
    assert.equal(await confirmChat('https://e', { id: 'd_1', token: 't.1' }), expected);
  }
  assert.deepEqual(asked[0], ['https://e/v1/decisions/d_1/confirm', '{"token":"t.1"}']);
});
