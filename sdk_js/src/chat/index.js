// The chunk of chats: loaded when a visitor accepts one.
export { confirmChat } from './confirmChat.js';
export { openChat } from './openChat.js';
