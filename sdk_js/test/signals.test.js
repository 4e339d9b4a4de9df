import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkoutBack } from '../src/signals/checkoutBack.js';
import { copyOverlap } from '../src/signals/copyOverlap.js';
import { cursorReversal } from '../src/signals/cursorReversal.js';
import { deadClick } from '../src/signals/deadClick.js';
import { errorClick } from '../src/signals/errorClick.js';
import { fieldTrouble } from '../src/signals/fieldTrouble.js';
import { hoverCta } from '../src/signals/hoverCta.js';
import { idle } from '../src/signals/idle.js';
import { quickBack } from '../src/signals/quickBack.js';
import { rageClick } from '../src/signals/rageClick.js';
import { scrollTurn } from '../src/signals/scrollTurn.js';
import { tabHidden } from '../src/signals/tabHidden.js';
import { variantToggle } from '../src/signals/variantToggle.js';
import { play, ticks } from './kit.js';

const zigzag = (step) =>
  Array.from({ length: 8 }, (_, i) => [i * 100, 'move', { x: i % 2 ? 200 : 200 - step, y: 300 }]);

test('five sharp turns of the cursor within two seconds are a reversal', () => {
  assert.deepEqual(play(cursorReversal, zigzag(60)), [{ name: 'cursor_reversal', count: 5 }]);
});

test('a trembling hand (steps up to 8 px) turns nothing', () => {
  assert.deepEqual(play(cursorReversal, zigzag(8)), []);
});

test('turns spread over more than two seconds are no reversal', () => {
  const slow = zigzag(60).map(([t, ...rest]) => [t * 6, ...rest]);
  assert.deepEqual(play(cursorReversal, slow), []);
});

test('three clicks in a second on one spot are rage', () => {
  const clicks = [0, 300, 600].map((t) => [t, 'click', { x: 10 + t / 100, y: 10, role: 'cart' }]);
  assert.deepEqual(play(rageClick, clicks), [{ name: 'rage_click', count: 3, target: 'cart' }]);
});

test('three clicks far apart on different elements are not rage', () => {
  const clicks = [0, 300, 600].map((t) => [t, 'click', { x: t, y: 10, of: `e${t}`, role: 'other' }]);
  assert.deepEqual(play(rageClick, clicks), []);
});

test('three clicks far apart on the same wide element are rage', () => {
  const clicks = [0, 300, 600].map((t) => [t, 'click', { x: t, y: 10, of: 'bar', role: 'other' }]);
  assert.equal(play(rageClick, clicks).length, 1);
});

test('clicks on steppers, or with scrolling in between, are calm', () => {
  const stepper = [0, 200, 400].map((t) => [t, 'click', { x: 1, y: 1, calm: true }]);
  const scrolled = [[0, 'click'], [200, 'click'], [300, 'scroll'], [400, 'click']];
  assert.deepEqual([play(rageClick, stepper), play(rageClick, scrolled)], [[], []]);
});

test('a click after which nothing happens for 2.5 s is dead', () => {
  const inputs = [[0, 'click', { live: true, role: 'size' }], ...ticks(1, 4)];
  assert.deepEqual(play(deadClick, inputs), [{ name: 'dead_click', count: 1, target: 'size' }]);
});

test('a change of the page, a scroll at once, or leaving revives the click', () => {
  for (const effect of ['mutate', 'scroll', 'hide', 'focus', 'page']) {
    const inputs = [[0, 'click', { live: true }], [120, effect], ...ticks(1, 4)];
    assert.deepEqual(play(deadClick, inputs), [], effect);
  }
});

test('a scroll a second later was not the effect of the click', () => {
  const inputs = [[0, 'click', { live: true }], [1200, 'scroll'], ...ticks(2, 4)];
  assert.equal(play(deadClick, inputs).length, 1);
});

test('a click on plain text is never dead', () => {
  assert.deepEqual(play(deadClick, [[0, 'click', { live: false }], ...ticks(1, 4)]), []);
});

test('an error within a second of a click belongs to it', () => {
  const soon = [[0, 'click', { role: 'cart' }], [900, 'error'], [950, 'error']];
  assert.deepEqual(play(errorClick, soon), [{ name: 'error_click', count: 1, target: 'cart' }]);
  assert.deepEqual(play(errorClick, [[0, 'click'], [1100, 'error']]), []);
  assert.deepEqual(play(errorClick, [[5, 'error']]), []);
});

test('a rest of 1.8 s on the cart button without a click is told', () => {
  const inputs = [[0, 'move', { role: 'cart' }], [1800, 'move', { role: '' }]];
  assert.deepEqual(play(hoverCta, inputs), [
    { name: 'hover_cta', ms: 1800, target: 'cart', entries: 1 },
  ]);
});

test('a hover that ends in a click is no hesitation', () => {
  const inputs = [[0, 'move', { role: 'cart' }], [1700, 'click'], [1800, 'move', { role: '' }]];
  assert.deepEqual(play(hoverCta, inputs), []);
});

test('the third short visit to the price in 30 s is told', () => {
  const visit = (t) => [[t, 'move', { role: 'price' }], [t + 400, 'move', { role: '' }]];
  const found = play(hoverCta, [...visit(0), ...visit(5000), ...visit(9000)]);
  assert.deepEqual(found, [{ name: 'hover_cta', ms: 400, target: 'price', entries: 3 }]);
});

test('leaving the window ends a hover', () => {
  assert.equal(play(hoverCta, [[0, 'move', { role: 'cart' }], [2000, 'leave']]).length, 1);
});

test('idle is told once each at 10, 30 and 60 s', () => {
  const inputs = Array.from({ length: 70 }, (_, i) => [i * 1000, 'tick', { still: i * 1000 }]);
  const found = play(idle, inputs);
  assert.deepEqual(found.map((fact) => fact.ms), [10000, 30000, 60000]);
});

test('input begins the idle count anew', () => {
  const inputs = [[0, 'tick', { still: 10500 }], [1, 'move', { still: 10501 }], [2, 'tick', { still: 100 }], [3, 'tick', { still: 10100 }]];
  assert.deepEqual(play(idle, inputs).map((fact) => fact.ms), [10000, 10000]);
});

test('three turns of half a viewport in 10 s are restless scrolling', () => {
  const inputs = [600, 100, 700, 200].map((y, i) => [i * 1000, 'scroll', { y, high: 800 }]);
  assert.deepEqual(play(scrollTurn, inputs), [{ name: 'scroll_turn', count: 3 }]);
});

test('small or slow turns are reading', () => {
  const small = [600, 300, 600, 300].map((y, i) => [i * 1000, 'scroll', { y, high: 800 }]);
  const slow = [600, 100, 700, 200].map((y, i) => [i * 6000, 'scroll', { y, high: 800 }]);
  assert.deepEqual([play(scrollTurn, small), play(scrollTurn, slow)], [[], []]);
});

test('a choice back to a former value is told at once', () => {
  const inputs = ['S', 'M', 'S'].map((of, i) => [i * 1000, 'pick', { of }]);
  assert.deepEqual(play(variantToggle, inputs), [{ name: 'variant_toggle', count: 3, back: true }]);
});

test('three choices in 30 s are told, two are not', () => {
  const picks = (...values) => values.map((of, i) => [i * 1000, 'pick', { of }]);
  assert.deepEqual(play(variantToggle, picks('S', 'M')), []);
  assert.deepEqual(play(variantToggle, picks('S', 'M', 'L')), [
    { name: 'variant_toggle', count: 3, back: false },
  ]);
});

test('a tab that was hidden says for how long when it returns', () => {
  assert.deepEqual(play(tabHidden, [[0, 'on'], [100, 'hide'], [4100, 'on'], [4200, 'off']]), [
    { name: 'tab_hidden' },
    { name: 'tab_visible', ms: 4000 },
  ]);
});

test('coupon field: each focus is counted, a refusal is a failure', () => {
  const role = 'coupon';
  const inputs = [[0, 'focus', { of: 'c', role }], [1, 'focus', { of: 'c', role }], [2, 'invalid', { of: 'c', role }]];
  assert.deepEqual(play(fieldTrouble, inputs), [
    { name: 'coupon_focus', count: 1 },
    { name: 'coupon_focus', count: 2 },
    { name: 'coupon_failed', count: 1 },
  ]);
});

test('a field is refocused from the third time on; search boxes never', () => {
  const three = (role) => [0, 1, 2].map((t) => [t, 'focus', { of: 'zip', role }]);
  assert.deepEqual(play(fieldTrouble, three('')), [{ name: 'field_refocus', count: 3 }]);
  assert.deepEqual(play(fieldTrouble, three('search')), []);
});

test('the errors of one attempt are told together', () => {
  const inputs = [[0, 'invalid', { role: '' }], [1, 'invalid', { role: '' }], [1000, 'tick']];
  assert.deepEqual(play(fieldTrouble, inputs), [{ name: 'field_error', count: 2 }]);
});

test('a return within 5 s to the page before is quick', () => {
  const first = quickBack(undefined, 0, '/a');
  const second = quickBack(first, 60000, '/b');
  assert.deepEqual(quickBack(second, 63000, '/a').out, { name: 'quick_back', ms: 3000 });
  assert.equal(quickBack(second, 66000, '/a').out, undefined);
  assert.equal(quickBack(second, 61000, '/c').out, undefined);
});

test('a reload is no new page', () => {
  const trail = quickBack(undefined, 0, '/a');
  assert.equal(quickBack(trail, 1000, '/a'), trail);
});

test('from payment back to the cart is a step back, from the cart on is none', () => {
  const cart = checkoutBack({ path: '/cart', at: 0 }, 'cart');
  const payment = checkoutBack(cart, 'payment');
  assert.deepEqual([cart.step, payment.step, payment.out], [1, 3, undefined]);
  assert.deepEqual(checkoutBack(payment, 'cart').out, { name: 'checkout_back', step: 1 });
});

test('a detour to a product, and a new cart after the order, are no steps back', () => {
  const payment = { path: '/pay', at: 0, step: 3 };
  assert.equal(checkoutBack(payment, 'product').out, undefined);
  assert.equal(checkoutBack(checkoutBack(payment, 'thanks'), 'cart').out, undefined);
});

test('the overlap is the share of the title that was copied', () => {
  assert.equal(copyOverlap('Lakewood M-32 Größe', 'lakewood m-32'), 0.75);
  assert.equal(copyOverlap('Lakewood M-32', 'something else'), 0);
  assert.equal(copyOverlap('', 'x'), 0);
});
