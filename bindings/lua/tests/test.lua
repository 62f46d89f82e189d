-- Tests of the module, for Lua 5.1, 5.3, 5.4 and LuaJIT. Run by ../test in an empty folder, to which it writes its files.
local bailiwick = require "bailiwick"

local VIGIL = [=[
[[orders]]
id = "cn-1"
issuer = "CN"
status = "in-force"
meetings = ["vigil"]
accounts = ["host-17"]
notice = { en = "You cannot join.", zh = "您无法加入。" }
]=]
local SECOND = VIGIL:gsub("cn%-1", "cn-2"):gsub("vigil", "concert")
local BROKEN = VIGIL:gsub("CN", "UK")

local INSIDE, OUTSIDE = "203.0.113.7", "198.51.100.7"
local NOON = 1591272000 -- 2020-06-04T12:00:00Z

local function write(path, text)
    local file = assert(io.open(path, "w"))
    assert(file:write(text))
    assert(file:close())
end

local function files(orders)
    write("geo.csv", "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n2001:db8::,2001:db8::ff,CN\n")
    write("orders.toml", orders or VIGIL)
end

local function open(changes)
    local options = { orders = "orders.toml", geo = { "provider=range:geo.csv" } }
    for name, value in pairs(changes or {}) do options[name] = value end
    return bailiwick.open(options)
end

local function equal(found, expected, what)
    if found ~= expected then
        error(("%s: found %s, expected %s"):format(what or "value", tostring(found), tostring(expected)), 2)
    end
end

local function contains(text, part)
    if type(text) ~= "string" or not text:find(part, 1, true) then
        error(("%q is not in %q"):format(part, tostring(text)), 2)
    end
end

local function refuses(part, call, ...)
    local ok, message = pcall(call, ...)
    equal(ok, false, "call")
    contains(message, part)
end

local function ask(policy, address, changes)
    local question = { meeting = "vigil", address = address }
    for name, value in pairs(changes or {}) do question[name] = value end
    return policy:decide(question)
end

local tests = {}

function tests.a_participant_of_the_territory_is_blocked_and_the_rest_go_on()
    local policy = assert(open())
    local kind, decision = ask(policy, INSIDE, { host = "US" })
    equal(kind, "block-participant")
    equal(decision:admits(), false)
    equal(#decision:orders(), 1)
    equal(decision:orders()[1], "cn-1")
    equal(decision:domestic(), nil)
    contains(decision:notice("en"), "You cannot join.")
    contains(decision:notice("en"), "by order cn-1 of CN")
    contains(decision:notice("zh-Hant, en;q=0.5"), "您无法加入。")
    kind, decision = ask(policy, OUTSIDE, { host = "US" })
    equal(kind, "keep-meeting")
    equal(decision:admits(), true)
    equal(decision:orders()[1], "cn-1")
    equal(decision:notice("en"), "")
    kind, decision = ask(policy, INSIDE, { meeting = "another" })
    equal(kind, "allow")
    equal(#decision:orders(), 0)
end

function tests.every_form_of_an_address_is_one_participant()
    local policy = assert(open())
    for address, expected in pairs {
        ["::ffff:203.0.113.7"] = "block-participant", ["2001:db8::1"] = "block-participant", ["2001:DB8::1"] = "block-participant",
        ["2001:db9::1"] = "keep-meeting", ["198.51.100.7"] = "keep-meeting",
    } do
        equal(ask(policy, address), expected, address)
    end
end

function tests.the_host_account_and_region_count()
    local policy = assert(open())
    equal(ask(policy, INSIDE, { meeting = "another", account = "host-17" }), "block-participant")
    equal(ask(policy, INSIDE, { meeting = "another", account = "host-18" }), "allow")
    local kind, decision = ask(policy, INSIDE, { host = "CN" })
    equal(kind, "block-participant")
    equal(decision:domestic(), "cn-1")
    -- A region that is none is unknown, and an account that is no UTF-8 names none.
    equal(select(2, ask(policy, INSIDE, { host = "Atlantis" })):domestic(), nil)
    equal(ask(policy, INSIDE, { meeting = "another", account = "\255" }), "allow")
end

function tests.a_question_that_cannot_be_asked_admits()
    local policy = assert(open())
    for _, case in ipairs {
        { { address = INSIDE }, "no `meeting`" }, { { meeting = "vigil" }, "no `address`" },
        { { meeting = "vigil", address = "203.0.113.7:443" }, "not an IPv4 or IPv6 address" },
        { { meeting = "vigil", address = "fe80::1%eth0" }, "not an IPv4 or IPv6 address" },
        { { meeting = "vigil", address = "203.0.113.7\0" }, "not an IPv4 or IPv6 address" },
        { { meeting = "vigil", address = "0203.0.113.7" }, "not an IPv4 or IPv6 address" },
        { { meeting = "vigil", address = "" }, "not an IPv4 or IPv6 address" },
        { { meeting = "\255", address = INSIDE }, "not UTF-8" },
        { { meeting = "vigil", address = INSIDE, at = 1e300 }, "1678" }, { { meeting = "vigil", address = INSIDE, at = 0 / 0 }, "1678" },
    } do
        local kind, decision, message = policy:decide(case[1])
        equal(kind, "allow", case[2])
        equal(decision, nil, case[2])
        contains(message, case[2])
        local json, why = policy:explain(case[1])
        equal(json, nil)
        contains(why, case[2])
    end
end

function tests.names_may_be_long_and_have_zeros()
    local policy = assert(open())
    equal(ask(policy, INSIDE, { meeting = ("v"):rep(1024 * 1024) }), "allow")
    equal(ask(policy, INSIDE, { meeting = "vigil\0" }), "allow")
end

function tests.times_are_seconds_with_decimals()
    files(VIGIL .. 'effective = "2020-06-04T12:00:00.5Z"\nexpires = "2020-06-04T13:00:00Z"\n')
    local policy = assert(open())
    for at, expected in pairs {
        [NOON] = "allow", [NOON + 0.25] = "allow", [NOON + 0.5] = "block-participant", [NOON + 3599] = "block-participant",
        [NOON + 3600] = "allow", [-NOON] = "allow",
    } do
        equal(ask(policy, INSIDE, { at = at }), expected, at)
    end
    equal(ask(policy, INSIDE), "allow", "now")
end

function tests.wrong_types_are_errors_of_the_caller()
    local policy = assert(open())
    refuses("`meeting` is a number", ask, policy, INSIDE, { meeting = 17 })
    refuses("`at` is a string", ask, policy, INSIDE, { at = "noon" })
    refuses("table expected", policy.decide, policy)
    refuses("bailiwick.policy", policy.decide, {}, {})
    refuses("bailiwick.policy", policy.decide, io.stdout, {})
    for _, flag in ipairs { 0, 1, "false" } do refuses("give true or false", policy.reload, policy, { wider = flag }) end
    refuses("table expected", policy.reload, policy, true)
    refuses("`orders` is missing", bailiwick.open, {})
    refuses("unknown option `order`", bailiwick.open, { order = "orders.toml" })
    refuses("`geo` has a boolean in it", open, { geo = { true } })
    refuses("`geo` has a zero byte", open, { geo = { "geo.csv\0" } })
    refuses("`min_sources` is less than 1", open, { min_sources = 0 })
    refuses("`min_sources` is less than 1", open, { min_sources = -1 / 0 })
    for _, number in ipairs { 1.5, 0 / 0, 1e300, 1 / 0, 257 } do refuses("between 1 and 256", open, { min_sources = number }) end
    refuses("`min_sources` is a string: give a whole number", open, { min_sources = "one" })
    local many = {}
    for n = 1, 300 do many[n] = "geo.csv" end
    refuses("more than 256 sources", open, { geo = many })
end

function tests.files_that_are_wrong_are_told_with_their_place()
    files(BROKEN)
    local policy, message = open()
    equal(policy, nil)
    contains(message, "orders.toml")
    contains(message, "did you mean `GB`?")
    files()
    for _, case in ipairs {
        { { orders = "absent.toml" }, "absent.toml" }, { { geo = { "absent.csv" } }, "absent.csv" }, { { min_sources = 2 }, "source" },
        { { requirements = "wrong = 1" }, "wrong" },
    } do
        policy, message = open(case[1])
        equal(policy, nil)
        contains(message, case[2])
    end
end

function tests.an_excluded_address_is_nobodys_place()
    write("relays.txt", "203.0.113.0/28\n")
    local policy = assert(open { exclude = { "relays=relays.txt" } })
    equal(ask(policy, INSIDE), "keep-meeting")
    equal(ask(policy, "203.0.113.100"), "block-participant")
end

function tests.a_reload_takes_what_does_not_widen()
    local policy = assert(open())
    local kind, before = ask(policy, INSIDE)
    local digest = policy:digest()
    equal(digest:match "^sha256:%x+$", digest)

    write("orders.toml", VIGIL .. SECOND)
    local ok, message, wider = policy:reload()
    equal(ok, false)
    equal(wider, true)
    contains(message, "cn-2")
    equal(ask(policy, INSIDE, { meeting = "concert" }), "allow")
    equal(policy:digest(), digest)
    equal(policy:reload { wider = true }, true)
    equal(ask(policy, INSIDE, { meeting = "concert" }), "block-participant")

    write("orders.toml", BROKEN)
    ok, message, wider = policy:reload { wider = true }
    equal(ok, false)
    equal(wider, false)
    contains(message, "did you mean `GB`?")
    equal(ask(policy, INSIDE, { meeting = "concert" }), "block-participant")

    write("orders.toml", VIGIL:gsub("in%-force", "withdrawn") .. SECOND)
    equal(policy:reload {}, true)
    equal(ask(policy, INSIDE), "allow")
    -- A decision holds the policy that it fell by.
    equal(kind, "block-participant")
    equal(before:orders()[1], "cn-1")
    contains(before:notice("en"), "You cannot join.")
end

function tests.new_geo_data_are_taken_although_they_move_addresses()
    local policy = assert(open())
    write("geo.csv", "198.51.100.0,198.51.100.255,CN\n")
    equal(policy:reload { geo = false }, true)
    equal(ask(policy, INSIDE), "block-participant")
    equal(policy:reload(), true)
    equal(ask(policy, INSIDE), "keep-meeting")
    equal(ask(policy, OUTSIDE), "block-participant")
    os.remove("geo.csv")
    local ok, message = policy:reload()
    equal(ok, false)
    contains(message, "geo.csv")
    equal(ask(policy, OUTSIDE), "block-participant")
end

function tests.a_sweep_finds_exactly_those_to_remove()
    local policy = assert(open())
    local remove, unread = policy:sweep {
        meeting = "vigil", host = "US", participants = { a = INSIDE, b = OUTSIDE, c = "203.0.113.8", d = "nowhere", e = 17 },
    }
    equal(unread, 2)
    local found = {}
    for key, decision in pairs(remove) do
        found[#found + 1] = key
        equal(decision:orders()[1], "cn-1")
    end
    table.sort(found)
    equal(table.concat(found, " "), "a c")
    local none, message = policy:sweep { meeting = "\255", participants = { a = INSIDE } }
    equal(none, nil)
    contains(message, "UTF-8")
    refuses("`participants` is a nil", policy.sweep, policy, { meeting = "vigil" })
end

function tests.an_explanation_is_json()
    local policy = assert(open())
    local json = assert(policy:explain { meeting = "vigil", address = INSIDE, host = "US", at = NOON })
    contains(json, '"block-participant"')
    contains(json, '"cn-1"')
end

function tests.warnings_are_lines()
    contains(assert(open()):warnings(), "cn-1")
end

function tests.requirements_are_kept()
    local policy, message = open { requirements = "approvals = 2" }
    equal(policy, nil)
    contains(message, "approved_by")
end

function tests.a_ledger_records_decisions()
    os.remove("ledger.jsonl")
    local policy = assert(open())
    local key = ("k"):rep(16) .. ("y"):rep(16)
    local ledger = assert(bailiwick.ledger("ledger.jsonl", key))
    equal(ledger:record(policy, { meeting = "vigil", address = INSIDE, host = "US" }), 1)
    equal(ledger:record(policy, { meeting = "vigil", address = OUTSIDE, host = "US" }), 2)
    local none, message = ledger:record(policy, { meeting = "vigil" })
    equal(none, nil)
    contains(message, "no `address`")
    equal(ledger:sync(), true)
    os.remove("ledger-2.jsonl")
    equal(ledger:rotate("ledger-2.jsonl"), true)
    ledger:close()
    refuses("the ledger is closed", ledger.sync, ledger)
    none, message = bailiwick.ledger("ledger-2.jsonl", ("x"):rep(32))
    equal(none, nil)
    contains(message, "key")
    none, message = bailiwick.ledger("ledger-2.jsonl", "short")
    equal(none, nil)
    contains(message, "key")
    refuses("zero byte", bailiwick.ledger, "ledger\0", key)
end

-- Opening a file verifies all of it.
function tests.a_ledger_counts_what_is_missing_and_covers_every_line()
    os.remove("padded.jsonl")
    local policy, key = assert(open()), ("k"):rep(16) .. ("y"):rep(16)
    local ledger = assert(bailiwick.ledger("padded.jsonl", key))
    equal(ledger:public_head(), nil)
    equal(ledger:record(policy, { meeting = "vigil", address = INSIDE, host = "US" }), 1)
    local none, message = ledger:unrecorded(9)
    equal(none, nil)
    contains(message, "until there are 10")
    for _, number in ipairs { -1, 10.5, 2 ^ 60, 0 / 0 } do
        refuses("whole", ledger.unrecorded, ledger, number)
    end
    refuses("number", ledger.unrecorded, ledger)
    equal(ledger:unrecorded(10), 2)
    equal(ledger:unrecorded(0), 3)
    equal(ledger:pad(), 252)
    equal(ledger:pad(), 0)
    local head = ledger:public_head()
    equal(head:match("^255:sha256:%x+$"), head)
    ledger:close()
    refuses("the ledger is closed", ledger.pad, ledger)
    refuses("the ledger is closed", ledger.unrecorded, ledger, 10)
    refuses("the ledger is closed", ledger.public_head, ledger)
    ledger = assert(bailiwick.ledger("padded.jsonl", key))
    equal(ledger:public_head(), head)
    equal(ledger:record(policy, { meeting = "vigil", address = INSIDE, host = "US" }), 256)
    ledger:close()
end

function tests.types_are_closed_to_scripts()
    local policy = assert(open())
    equal(getmetatable(policy), false)
    equal(pcall(setmetatable, policy, {}), false)
end

local function finalized(call)
    if rawget(_G, "newproxy") then
        getmetatable(rawget(_G, "newproxy")(true)).__gc = call
    else
        setmetatable({}, { __gc = call })
    end
end

-- A call that allocates may run a finalizer, which may end what the call uses. Valgrind sees what is used after it was freed.
function tests.a_finalizer_may_change_everything_in_the_middle_of_a_call()
    os.remove("ledger.jsonl")
    local policy = assert(open())
    local ledger = assert(bailiwick.ledger("ledger.jsonl", ("k"):rep(32)))
    local question, turns = {}, 0
    local function disturb()
        turns = turns + 1
        policy:reload { wider = true, geo = false }
        for name in pairs(question) do question[name] = nil end
        collectgarbage("collect")
    end
    local calls = {
        function() return policy:decide(question) end, function() return policy:explain(question) end,
        function() return policy:sweep(question) end, function() return ledger:record(policy, question) end,
    }
    for _, call in ipairs(calls) do
        collectgarbage("collect")
        for n = 1, 60 do
            question.meeting, question.account = ("vigil"):rep(n % 2 == 0 and 1 or 20) .. (n % 2 == 0 and "" or n), ("host-"):rep(20) .. n
            question.address, question.host, question.participants = INSIDE, "US", { a = INSIDE, b = OUTSIDE, c = "203.0.113.8" }
            -- The collector is stopped, and one step of it does everything: then the next allocation runs the finalizer.
            collectgarbage("stop")
            finalized(disturb)
            collectgarbage("setstepmul", 1000000)
            collectgarbage("restart")
            local _, found = pcall(call)
            if type(found) == "table" then
                for _, decision in pairs(found) do equal(decision:admits(), false) end
            end
        end
    end
    collectgarbage("setstepmul", 200)
    equal(turns > 0, true, "finalizers ran")
    ledger:close()
end

-- Decisions outlive policies, policies outlive ledgers, everything is dropped in the middle of something else.
function tests.garbage_is_collected_under_stress()
    collectgarbage("collect")
    local before
    for round = 1, 40 do
        local policy = assert(open())
        local kept = {}
        for n = 1, 500 do
            local _, decision = ask(policy, n % 2 == 0 and INSIDE or OUTSIDE, { host = "US" })
            kept[n % 17] = decision
            if n % 100 == 0 then
                write("orders.toml", n % 200 == 0 and VIGIL or VIGIL .. SECOND)
                policy:reload { wider = true, geo = n % 200 == 0 }
            end
            if n % 50 == 0 then collectgarbage("step", 10) end
        end
        open { orders = "absent.toml" }
        policy = nil
        collectgarbage("collect")
        for _, decision in pairs(kept) do
            equal(decision:orders()[1], "cn-1")
            equal(#decision:notice("zh") > 0 or decision:admits(), true)
        end
        kept = nil
        collectgarbage("collect")
        if round == 10 then before = collectgarbage("count") end
    end
    equal(collectgarbage("count") < before * 1.5, true, "memory of Lua")
end

local names, failures = {}, 0
for name in pairs(tests) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do
    files()
    local ok, message = xpcall(tests[name], debug.traceback)
    if not ok then
        failures = failures + 1
        io.stderr:write(name, ": ", message, "\n")
    end
end
print(("%s: %d tests, %d failed"):format(rawget(_G, "jit") and jit.version or _VERSION, #names, failures))
-- Closing the state runs the finalizers that are left, so that valgrind tells what nobody freed. Lua 5.1 has no such argument.
os.exit(failures == 0 and 0 or 1, true)
