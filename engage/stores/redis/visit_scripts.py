"""The Lua scripts by which Redis itself swaps, drops and brings back visits.

A visitor's hash holds `v` the version, `p` the visitor, `s:<session>` each session and
`o:<session>` what its last steps owe the journal (see `redis/owed`).
"""

# Rules of this file: every key a script touches is handed to it.

from __future__ import annotations

from typing import Final

from engage.stores.redis.link import Script

SWAP: Final = Script.of("""
if (redis.call('HGET', KEYS[1], 'v') or '0') ~= ARGV[1] then
  return redis.call('HMGET', KEYS[1], 'v', 'p', ARGV[3], ARGV[4])
end
redis.call('HSET', KEYS[1], 'v', ARGV[2], unpack(ARGV, 6))
if ARGV[5] ~= '' then redis.call('EXPIRE', KEYS[1], ARGV[5]) end
return 1
""")
"""Saves what of a visit has changed, from ARGV[6] on, if its version is still the one
that was loaded; else tells how it stands."""

DROP: Final = Script.of("""
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[1], ARGV[3])
if redis.call('HLEN', KEYS[1]) == 2 then redis.call('DEL', KEYS[1])
else redis.call('HSET', KEYS[1], 'v', ARGV[2]) end
return 1
""")
"""Drops a session, and the visitor with the last one."""

BRING: Final = Script.of("""
if redis.call('HEXISTS', KEYS[1], ARGV[3]) == 1 then return 0 end
redis.call('HSETNX', KEYS[1], 'p', ARGV[2])
redis.call('HSET', KEYS[1], 'v', ARGV[1], ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
""")
"""Brings back a session that is missing; what is there is newer than any journal."""
