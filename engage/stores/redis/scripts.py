"""The Lua scripts by which Redis itself keeps codes and budgets of a shop.

A script runs alone, so what it checks still holds when it acts: budgets are never
overdrawn and no code is issued twice, whoever asks at the same time. What they mean is
what `memory/codes` means, step by step.

| key | holds |
|---|---|
| pools | hash: pool -> {budget, booked, first and end of its queue, free codes} |
| codes | hash: code -> {pool, state, decision, subject, order, booked, until, claims} |
| issued | hash: decision -> code |
| due | sorted set: code by the end of its hold or validity |
| free | hash: pool and place in its queue -> code |
| birth | string: random, set when the stock was filled, and the server's life |
| refilled | set: processes that have brought back their part since a loss |
"""

# Rules of this file: every key a script touches is handed to it. Times come in as text
# and go on as text, so that no digit is lost; amounts are whole cents, exact to 2^53.

from __future__ import annotations

from typing import Final

from engage.stores.redis.link import Script

_COMMON: Final = """
local POOLS, CODES, ISSUED, DUE, FREE, BIRTH, REFILLED = unpack(KEYS)
local BUDGET, BOOKED, FIRST, END, COUNT = 1, 2, 3, 4, 5
local POOL, STATE, DECISION, SUBJECT, ORDER, CENTS, UNTIL = 1, 2, 3, 4, 5, 6, 7
local CLAIMS, MOST_CLAIMS = 8, 8

-- Keys of another life of the server may lack the latest: it was started from an old
-- file, or a replica took over. They are in doubt until the journals were asked.
local info, birth = redis.pcall('INFO', 'server'), redis.call('GET', BIRTH)
local LIFE = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
local DOUBT = '?' .. LIFE
if birth and birth ~= DOUBT and string.match(birth, ':(.*)') ~= LIFE then
  redis.call('SET', BIRTH, DOUBT)
  redis.call('DEL', REFILLED)
  birth = DOUBT
end

local function read(key, name)
  local packed = redis.call('HGET', key, name)
  return packed and cmsgpack.unpack(packed)
end
local function write(key, name, value)
  redis.call('HSET', key, name, cmsgpack.pack(value))
end
local function open_pool(name)
  return read(POOLS, name) or {0, 0, 0, 0, 0}
end
local function left(pool)
  return math.max(0, pool[BUDGET] - pool[BOOKED])
end
local function book(code, cents)
  local pool = open_pool(code[POOL])
  pool[BOOKED] = pool[BOOKED] + cents - code[CENTS]
  write(POOLS, code[POOL], pool)
  code[CENTS] = cents
end
-- '' is for ever.
local function expire_at(text, code, until_s)
  code[UNTIL] = until_s
  if until_s == '' then redis.call('ZREM', DUE, text)
  else redis.call('ZADD', DUE, until_s, text) end
end
local function push(text, code)
  local pool = open_pool(code[POOL])
  redis.call('HSET', FREE, code[POOL] .. ' ' .. pool[END], text)
  pool[END], pool[COUNT] = pool[END] + 1, pool[COUNT] + 1
  write(POOLS, code[POOL], pool)
end
-- A code that a journal knew to be gone may still stand in the queue: passed over.
local function pop(name)
  local pool = open_pool(name)
  while pool[FIRST] < pool[END] do
    local place = name .. ' ' .. pool[FIRST]
    local text = redis.call('HGET', FREE, place)
    redis.call('HDEL', FREE, place)
    pool[FIRST] = pool[FIRST] + 1
    local code = text and read(CODES, text)
    if code and code[STATE] == 'free' then
      pool[COUNT] = pool[COUNT] - 1
      write(POOLS, name, pool)
      return text, code
    end
  end
end
local function set_free(text, code)
  redis.call('HDEL', ISSUED, code[DECISION])
  book(code, 0)
  expire_at(text, code, '')
  code[STATE], code[DECISION], code[SUBJECT] = 'free', '', ''
  code[CLAIMS] = nil
  write(CODES, text, code)
  push(text, code)
end
local function end_of(text, code)
  if code[STATE] == 'held' then return set_free(text, code) end
  -- Its amount stays, booked no more: an order that is told late may have used it.
  local cents = code[CENTS]
  book(code, 0)
  code[STATE], code[CENTS] = 'expired', cents
  expire_at(text, code, '')
  write(CODES, text, code)
end
local function lapse(at_s)
  repeat
    local due = redis.call('ZRANGEBYSCORE', DUE, '-inf', at_s, 'LIMIT', 0, 100)
    for _, text in ipairs(due) do end_of(text, read(CODES, text)) end
  until #due == 0
end
local IN_HANDS = {held = true, given = true}
local function place_of(claims, claim)
  for place, one in ipairs(claims) do
    if one == claim then return place end
  end
end
-- What the same decision is promised anew: never less than before, as `claims` has it.
local function again(text, code, name, cents, until_s, claim)
  local more = math.max(0, cents - code[CENTS])
  if code[POOL] ~= name or not IN_HANDS[code[STATE]] then return false end
  if more > left(open_pool(name)) then return false end
  book(code, code[CENTS] + more)
  if code[UNTIL] ~= '' and tonumber(until_s) > tonumber(code[UNTIL]) then
    expire_at(text, code, until_s)
  end
  local claims = code[CLAIMS]
  if claims and #claims < MOST_CLAIMS and not place_of(claims, claim) then
    table.insert(claims, claim)
  end
  write(CODES, text, code)
  return text
end
"""


def _script(body: str) -> Script:
    return Script.of(_COMMON + body)


ADD: Final = _script("""
local name, accepted, duplicate = ARGV[1], 0, 0
write(POOLS, name, open_pool(name))
for _, text in ipairs(cmsgpack.unpack(ARGV[2])) do
  if redis.call('HEXISTS', CODES, text) == 1 then
    duplicate = duplicate + 1
  else
    accepted = accepted + 1
    local code = {name, 'free', '', '', '', 0, ''}
    write(CODES, text, code)
    push(text, code)
  end
end
return {accepted, duplicate}
""")

SET_BUDGET: Final = _script("""
local pool = open_pool(ARGV[1])
pool[BUDGET] = tonumber(ARGV[2])
write(POOLS, ARGV[1], pool)
return 1
""")

STOCK: Final = _script("""
lapse(ARGV[1])
local answer = {redis.call('GET', BIRTH) or ''}
for _, name in ipairs(redis.call('HKEYS', POOLS)) do
  local pool = open_pool(name)
  for _, one in ipairs({name, pool[COUNT], left(pool)}) do table.insert(answer, one) end
end
return answer
""")

RESERVE: Final = _script("""
local name, decision, subject, cents = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local until_s, at_s, claim = ARGV[5], ARGV[6], ARGV[7]
lapse(at_s)
if birth == DOUBT then return false end
local held = redis.call('HGET', ISSUED, decision)
if held then
  return again(held, read(CODES, held), name, cents, until_s, claim)
end
local pool = open_pool(name)
if pool[COUNT] < 1 or cents > left(pool) then return false end
if tonumber(at_s) >= tonumber(until_s) then return false end
local text, code = pop(name)
code[STATE], code[DECISION], code[SUBJECT] = 'held', decision, subject
code[CLAIMS] = {claim}
redis.call('HSET', ISSUED, decision, text)
book(code, cents)
expire_at(text, code, until_s)
write(CODES, text, code)
return text
""")

GIVE: Final = _script("""
local decision, until_s, at_s = ARGV[1], ARGV[2], ARGV[3]
lapse(at_s)
local text = redis.call('HGET', ISSUED, decision)
if not text or birth == DOUBT then return 0 end
local code = read(CODES, text)
if code[STATE] == 'held' then
  code[STATE] = 'given'
  expire_at(text, code, until_s)
  write(CODES, text, code)
end
return code[STATE] == 'given' and 1 or 0
""")

REDEEM: Final = _script("""
local text, order, spent, at_s = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local is_paid, is_shared = ARGV[5] == '1', ARGV[6] == '1'
lapse(at_s)
local code = read(CODES, text)
if birth == DOUBT then return {'doubt', 0} end
if not code then return {birth and 'unknown' or 'lost', 0} end
-- What looks free may be somebody's: whoever gave it has not told yet.
if is_shared and not birth and code[STATE] == 'free' then return {'doubt', 0} end
if code[STATE] == 'expired' and not is_paid then return {'expired', 0} end
local is_repeat = code[STATE] == 'redeemed'
if is_repeat and code[ORDER] ~= order then return {'other', 0} end
if code[STATE] == 'expired' then spent, code[CENTS] = spent or code[CENTS], 0 end
if spent then
  if spent < 0 then return {'negative', 0} end
  local most = code[CENTS] + left(open_pool(code[POOL]))
  if spent > most and not is_paid then return {'overdrawn', most} end
end
if code[STATE] == 'free' then
  -- The shop gave it away by itself. Where it stands in the queue it is passed over.
  local pool = open_pool(code[POOL])
  pool[COUNT] = pool[COUNT] - 1
  write(POOLS, code[POOL], pool)
end
if spent then book(code, spent) end
code[STATE], code[ORDER] = 'redeemed', order
expire_at(text, code, '')
write(CODES, text, code)
return {is_repeat and 'repeat' or 'redeemed', 0}
""")

RELEASE: Final = _script("""
local text = redis.call('HGET', ISSUED, ARGV[1])
if not text then return 0 end
local code = read(CODES, text)
if code[STATE] ~= 'held' then return 0 end
set_free(text, code)
return 1
""")

TAKE_BACK: Final = _script("""
local text = redis.call('HGET', ISSUED, ARGV[1])
local code = text and read(CODES, text)
if not code or not IN_HANDS[code[STATE]] then return 0 end
local claims = code[CLAIMS] or {}
local place = place_of(claims, ARGV[2])
if not place or #claims >= MOST_CLAIMS then return 0 end
table.remove(claims, place)
if #claims == 0 then set_free(text, code) return 1 end
write(CODES, text, code)
return 0
""")

BEGIN: Final = _script("""
if birth and birth ~= DOUBT then return birth end
redis.call('SET', BIRTH, ARGV[1] .. ':' .. LIFE)
return redis.call('GET', BIRTH)
""")

# What a journal knows to be further along than Redis does, is: Redis may have lost its
# last second, a journal loses nothing. So restoring twice changes nothing.
RESTORE: Final = _script("""
local RANK = {free = 0, held = 1, given = 2, expired = 3, redeemed = 4}
for _, row in ipairs(cmsgpack.unpack(ARGV[1])) do
  local text, code, now = row[1], row[2], read(CODES, row[1])
  if not now or RANK[code[STATE]] > RANK[now[STATE]] then
    if now then
      if now[STATE] == 'free' then
        local pool = open_pool(now[POOL])
        pool[COUNT] = pool[COUNT] - 1
        write(POOLS, now[POOL], pool)
      else
        redis.call('HDEL', ISSUED, now[DECISION])
        if now[STATE] ~= 'expired' then book(now, 0) end
      end
    end
    local cents, until_s = code[CENTS], code[UNTIL]
    code[CENTS] = code[STATE] == 'expired' and cents or 0
    if code[STATE] ~= 'expired' then book(code, cents) end
    expire_at(text, code, until_s)
    write(CODES, text, code)
    write(POOLS, code[POOL], open_pool(code[POOL]))
    if code[DECISION] ~= '' then redis.call('HSET', ISSUED, code[DECISION], text) end
    if code[STATE] == 'free' then push(text, code) end
  end
end
return redis.call('HLEN', CODES)
""")
