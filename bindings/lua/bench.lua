-- Measures decisions from Lua: nanoseconds each, the least of some rounds. Usage: bench.lua GEO ORDERS, of which the orders name `vigil`.
local bailiwick = require "bailiwick"

local policy = assert(bailiwick.open { geo = { arg[1] }, orders = arg[2] })
local DECISIONS, ROUNDS = 200000, 7

local function least(question, expected)
    local least = math.huge
    for _ = 1, ROUNDS do
        local blocked = 0
        local began = os.clock()
        for _ = 1, DECISIONS do
            if policy:decide(question) == "block-participant" then blocked = blocked + 1 end
        end
        least = math.min(least, (os.clock() - began) / DECISIONS * 1e9)
        assert(blocked == expected)
    end
    return least
end

local listed = least({ meeting = "vigil", address = "203.0.113.7", host = "US" }, DECISIONS)
local unlisted = least({ meeting = "other", address = "203.0.113.7", host = "US" }, 0)
print(("%.1f %.1f"):format(listed, unlisted))
