-- What `wrk` asks, and whether the answers are right. One script for both systems; its orders come in the environment, the
-- token among them, so that it is in nobody's list of processes.
--
-- One thread asks over all connections, so that a counter here counts for all of them.

local system = os.getenv("BENCH_SYSTEM")
local scenario = os.getenv("BENCH_SCENARIO")
local token = os.getenv("BENCH_TOKEN")
-- Unlike in every run before: paths that are to be new begin with it.
local run = os.getenv("BENCH_RUN")
-- The body of a request that signs in.
local sign_in = os.getenv("BENCH_SIGN_IN")
local secrets = tonumber(os.getenv("BENCH_SECRETS"))

-- 64 bytes, the same everywhere.
local value = string.rep("0123456789abcdef", 4)

local systems = {}
systems["coffer"] = {
  authorization = { "Authorization", "Bearer " .. (token or "") },
  secret = "/api/v1/secrets/bench/",
  list = "/api/v1/folders/bench/many?limit=" .. tostring(secrets),
  method = "PUT",
  over = "?overwrite=true",
  body = '{"value":"' .. value .. '"}',
  wrote = { [200] = true, [201] = true },
  sign_in = "/api/v1/sign-in",
  signed_in = '"token":"',
}
systems["openbao"] = {
  authorization = { "X-Vault-Token", token },
  secret = "/v1/secret/data/bench/",
  list = "/v1/secret/metadata/bench/many?list=true",
  method = "POST",
  over = "",
  body = '{"data":{"value":"' .. value .. '"}}',
  wrote = { [200] = true },
  sign_in = "/v1/auth/approle/login",
  signed_in = '"client_token":"',
}
local asked = systems[system]

-- Texts of requests around a path, made once: what this thread does, the servers lack.
local read, write, list, enter

function init()
  local headers = { [asked.authorization[1]] = asked.authorization[2] }
  local json = { [asked.authorization[1]] = asked.authorization[2], ["Content-Type"] = "application/json" }
  local function around(method, target, with, body)
    local text = wrk.format(method, target, with, body)
    local at = string.find(text, "@@@", 1, true)
    return { string.sub(text, 1, at - 1), string.sub(text, at + 3) }
  end
  read = around("GET", asked.secret .. "@@@", headers)
  write = around(asked.method, asked.secret .. "@@@" .. asked.over, json, asked.body)
  list = wrk.format("GET", asked.list, headers)
  enter = wrk.format("POST", asked.sign_in, { ["Content-Type"] = "application/json" }, sign_in)
  math.randomseed(os.time())
end

local function to(text, path)
  return text[1] .. path .. text[2]
end

local function one_of_many(number)
  return string.format("many/secret-%05d", number)
end

-- Whether an answer is what it should be.
local function has_value(status, body)
  return status == 200 and string.find(body, value, 1, true) ~= nil
end
local function wrote(status)
  return asked.wrote[status] == true
end

local sent = 0
local length
local scenarios = {}

scenarios["read-hot"] = {
  ask = function() return to(read, "hot") end,
  is_right = has_value,
}
scenarios["read-random"] = {
  ask = function() return to(read, one_of_many(math.random(0, secrets - 1))) end,
  is_right = has_value,
}
scenarios["list"] = {
  ask = function() return list end,
  -- That all are in it has been seen before; then every answer is as long.
  is_right = function(status, body)
    length = length or #body
    return status == 200 and #body == length and length > secrets * 12
  end,
}
scenarios["mixed"] = {
  ask = function()
    local path = one_of_many(math.random(0, secrets - 1))
    if sent % 10 == 0 then return to(write, path) end
    return to(read, path)
  end,
  -- Which of both an answer is for can't be seen from here.
  is_right = wrote,
}
scenarios["write-unique"] = {
  ask = function() return to(write, run .. "/secret-" .. sent) end,
  is_right = wrote,
}
scenarios["write-same"] = {
  ask = function() return to(write, run .. "/same") end,
  is_right = wrote,
}
scenarios["sign-in"] = {
  ask = function() return enter end,
  is_right = function(status, body)
    return asked.wrote[status] == true and string.find(body, asked.signed_in, 1, true) ~= nil
  end,
}
-- Before the others: what they read. Ends by itself.
scenarios["fill"] = {
  ask = function()
    if sent == 1 then return to(write, "hot") end
    return to(write, one_of_many(sent % secrets))
  end,
  is_right = wrote,
}
local this = scenarios[scenario]

answered = 0
wrong = 0
example = ""

function request()
  sent = sent + 1
  return this.ask()
end

function response(status, headers, body)
  answered = answered + 1
  if not this.is_right(status, body) then
    wrong = wrong + 1
    if wrong == 1 then example = status .. " " .. string.sub(body, 1, 300) end
  end
  -- More than were asked for: what is under way when it ends has been written once before.
  -- `wrk` sleeps out its time unless it is interrupted; `os.execute` would have it ignore that. The first interruption may come to
  -- this thread, which then ends while the one that sleeps does not learn of it; by the second only that one is left.
  if scenario == "fill" and answered == secrets + 1000 then
    io.popen("(kill -s INT $PPID; sleep 1; kill -s INT $PPID) > /dev/null 2>&1 &"):close()
  end
end

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency)
  local answers, mistakes, first = 0, 0, ""
  for _, thread in ipairs(threads) do
    answers = answers + thread:get("answered")
    mistakes = mistakes + thread:get("wrong")
    if first == "" then first = thread:get("example") end
  end
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    "\nbench answered=%d wrong=%d lost=%d duration_us=%d p50_us=%d p99_us=%d max_us=%d\n",
    answers, mistakes, lost, summary.duration, latency:percentile(50), latency:percentile(99), latency.max
  ))
  if first ~= "" then io.write("example ", (string.gsub(first, "%s+", " ")), "\n") end
end
