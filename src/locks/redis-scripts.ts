/**
 * Scripts for Redis, which runs each as one step. KEYS: the lock, which holds its holder, and the last token. ARGV: the
 * holder, and the time in ms.
 */

/**
 * The token, or null while another holder has the lock. A repeated call of the holder gets the token again. Tokens are
 * at least the time of the server in µs: they rise even when the last one was lost. Numbers of Lua are exact up to 2^53.
 */
export const ACQUIRE = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
local token = redis.call('GET', KEYS[2])
if not holder or not token then
  local now = redis.call('TIME')
  local last = tonumber(token or '0')
  token = string.format('%.0f', math.max(last + 1, now[1] * 1000000 + now[2]))
  redis.call('SET', KEYS[2], token)
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return token`

/** 1, or 0 when another holder or none has the lock. */
export const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`
