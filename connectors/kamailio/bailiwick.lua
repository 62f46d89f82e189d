-- Asks bailiwick whether a caller may join a conference, and ends the legs of callers whom changed orders block in mid-call.
--
-- For Kamailio's KEMI in Lua. Kamailio's processes do not share memory with each other: each has a policy of its own. One process,
-- that of a timer, reads changed files, compares them with what is in force, and tells the others through a shared table which
-- policy is in force; they follow it.
--
--     local gate = dofile("/etc/kamailio/bailiwick.lua").new { orders = "…", geo = { "…" }, host = "US" }
--     -- in ksr_request_route, for an INVITE that begins a dialog:
--     if not gate:admits(meeting, account) then return 1 end
--     -- in the route of a timer:
--     function ksr_bailiwick_timer() gate:tick() return 1 end
--     -- in the callback of the dialog module:
--     function ksr_dialog_event(event) gate:dialog(event) return 1 end
--
-- The module adds no rule. When it cannot ask, it admits, logs why and counts it.

local bailiwick = require "bailiwick"

-- The shared table. Kamailio's configuration defines it: README.md.
local TABLE = "bailiwick"
-- Its keys are `calls:ENTRY:ID` with the question of a leg, `in-force` with the digest of the orders and how often geo files were read,
-- and counters.
local IN_FORCE = "in-force"
-- The end of the value of a leg that was answered.
local ANSWERED = "/answered"

local Gate = {}
Gate.__index = Gate

local function log(level, message)
    KSR[level]("bailiwick: " .. message .. "\n")
end

-- A text from outside, in ASCII on one line of the log, with escapes as in a URI.
local function shown(text)
    return "`" .. tostring(text):gsub("[^ -~]", function(char) return ("%%%02X"):format(char:byte()) end) .. "`"
end

local function count(name)
    -- A number that is not there cannot be raised.
    if KSR.htable.sht_get(TABLE, name) == nil then KSR.htable.sht_seti(TABLE, name, 0) end
    KSR.htable.sht_inc(TABLE, name)
end

-- The bytes of a file, or nil and why it cannot be read. A folder can be opened, and not read.
local function read(path)
    local file, message = io.open(path, "rb")
    if not file then return nil, message end
    local text
    text, message = file:read "*a"
    file:close()
    return text, message
end

local function check(options, name, kind, required)
    local value = options[name]
    if value == nil and not required then return end
    if type(value) ~= kind then
        error(("bailiwick: `%s` is a %s: give a %s"):format(name, type(value), kind), 0)
    end
end

local KINDS = {
    orders = "string", geo = "table", exclude = "table", min_sources = "number", host = "string", ledger = "string",
    ledger_key = "string", card = "string", trunks = "table", geo_interval = "number",
}

-- Seconds after which geo files are read again, if nothing else is said: they are published every week or month.
local GEO_INTERVAL = 3600

-- A gate with the policy of some files. Fails only when an option is wrong; a file that cannot be read is logged, and everybody is
-- admitted until it can.
local function new(options)
    for name in pairs(options) do
        if not KINDS[name] then error(("bailiwick: unknown option `%s`"):format(tostring(name)), 0) end
    end
    for name, kind in pairs(KINDS) do check(options, name, kind, name == "orders") end
    if (options.ledger == nil) ~= (options.ledger_key == nil) then
        error("bailiwick: a ledger needs both `ledger` and `ledger_key`", 0)
    end
    local gate = setmetatable({ options = options, trunks = {} }, Gate)
    for at, address in ipairs(options.trunks or {}) do
        if type(address) ~= "string" then error(("bailiwick: `trunks` has an entry, number %d, that is not a text"):format(at), 0) end
        gate.trunks[address] = true
    end
    return gate
end

function Gate:open()
    local options = self.options
    local policy, message = bailiwick.open {
        orders = options.orders, geo = options.geo, exclude = options.exclude, min_sources = options.min_sources,
    }
    return policy, message
end

-- The ledger of this process: each has a file of its own, `%p` in the path is its number.
function Gate:records()
    if self.ledger == nil and self.options.ledger then
        local key, message = read(self.options.ledger_key)
        if key then self.ledger, message = bailiwick.ledger(self.options.ledger, key) end
        if not self.ledger then
            log("err", "NOTHING IS RECORDED: " .. message)
            self.ledger = false
        end
    end
    return self.ledger
end

function Gate:record(question)
    local ledger = self:records()
    if not ledger then return end
    local seq, message = ledger:record(self.policy, question)
    if not seq then log("err", "a decision is not recorded: " .. message) end
    ledger:sync()
end

-- The policy in force, or nil.
function Gate:current()
    local in_force = KSR.htable.sht_get(TABLE, IN_FORCE)
    if in_force == nil then
        if not self.said then
            self.said = true
            log("err", "EVERYBODY IS ADMITTED: there is no policy yet")
        end
        return nil
    end
    if in_force ~= self.in_force then self:follow(in_force) end
    return self.policy
end

-- Opens the files, and takes them if they are what the timer's process took. Where they are not, an older policy does not count: it may
-- block whom the one in force does not. Then this process admits, and the timer's process, which has the policy, ends the legs of those
-- who are blocked.
function Gate:follow(in_force)
    local now = os.time()
    -- Files that were read in vain are not read again at each call.
    if self.behind == in_force and now < self.try_again then return end
    local digest = in_force:match "^%S+"
    local policy, message = self:open()
    if policy and policy:digest() == digest then
        self.policy, self.in_force = policy, in_force
        return
    end
    message = message or "the files are others than those in force"
    local known = self.behind == in_force
    self.behind, self.try_again = in_force, now + 1
    if self.policy and self.policy:digest() == digest then
        if not known then log("err", "this process keeps older geo data: " .. message) end
        return
    end
    self.policy, self.in_force = nil, nil
    if not known then log("err", "EVERYBODY IS ADMITTED by this process, until it can follow: " .. message) end
end

local function not_asked(meeting, why)
    count "unasked"
    log("warn", ("somebody is admitted to %s without a decision: %s"):format(shown(meeting), why))
    return true
end

-- The name in the user part of a SIP URI: escapes stand for what they encode, as for the server behind (RFC 3261, section 19.1.4).
local function unescape(user)
    return (user:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

-- Whether the sender of this INVITE may join the meeting, which is the user part of a SIP URI. If not, 608 is sent (RFC 8688). Call
-- `dlg_manage` first, so that the leg can be ended when orders change. An error in here admits, too: a call that nobody answers would
-- be a block.
function Gate:admits(meeting, account)
    local ok, admits = pcall(self.decide, self, meeting, account)
    if ok then return admits end
    return not_asked(meeting, "an error of the connector: " .. tostring(admits))
end

function Gate:decide(meeting, account)
    local address = KSR.pv.get "$si"
    if type(meeting) == "string" then meeting = unescape(meeting) end
    -- A trunk's address is that of a gateway, and no place of a person.
    if self.trunks[address] then return not_asked(meeting, "the call comes from the trunk " .. address) end
    local policy = self:current()
    if not policy then
        if meeting then self:remember(meeting, account, address) end
        return not_asked(meeting, "this process has no policy in force")
    end
    local question = { meeting = meeting, address = address, account = account, host = self.options.host, at = os.time() }
    local _, decision, message = policy:decide(question)
    if not decision then return not_asked(meeting, message) end
    self:record(question)
    if decision:admits() then
        self:remember(meeting, account, address)
        return true
    end
    count "blocked"
    log("info", ("%s is refused in %s: %s"):format(shown(KSR.pv.get "$fu"), shown(meeting), table.concat(decision:orders(), ", ")))
    self:refuse(decision)
    return false
end

function Gate:refuse(decision)
    if self.options.card then
        KSR.hdr.append_to_reply("Call-Info: <" .. self.options.card:gsub("[%c%s<>]", "") .. ">; purpose=jwscard\r\n")
    end
    -- The header of a language that the caller accepts; its value is never copied.
    local notice = decision:notice(KSR.pv.get "$hdr(Accept-Language)" or ""):gsub("\r?\n", "\r\n")
    KSR.textops.set_reply_body(notice, "text/plain;charset=utf-8")
    KSR.sl.sl_send_reply(608, "Rejected")
end

-- Keeps what is needed to decide about the leg again. The texts are in hexadecimal, so that nothing in a name ends a field.
local function hex(text)
    return (text:gsub(".", function (char) return ("%02x"):format(char:byte()) end))
end

local function unhex(text)
    return (text:gsub("%x%x", function (pair) return string.char(tonumber(pair, 16)) end))
end

function Gate:remember(meeting, account, address)
    local entry, id = KSR.pv.get "$dlg(h_entry)", KSR.pv.get "$dlg(h_id)"
    if not entry or not id then return end
    local value = table.concat({ hex(meeting), hex(account or ""), hex(address), account and "1" or "0" }, "/")
    KSR.htable.sht_sets(TABLE, ("calls:%s:%s"):format(entry, id), value)
end

-- Follows a dialog. Only a leg that was answered can be ended; one that failed is forgotten as one that ended.
function Gate:dialog(event)
    local entry, id = KSR.pv.get "$dlg(h_entry)", KSR.pv.get "$dlg(h_id)"
    if not entry or not id then return end
    local key = ("calls:%s:%s"):format(entry, id)
    if event == "dialog:end" or event == "dialog:failed" then
        KSR.htable.sht_rm(TABLE, key)
    elseif event == "dialog:start" then
        local value = KSR.htable.sht_get(TABLE, key)
        if value and value:sub(-#ANSWERED) ~= ANSWERED then KSR.htable.sht_sets(TABLE, key, value .. ANSWERED) end
    end
end

-- Reads changed files. Runs in one process alone.
function Gate:reload()
    local orders = self.options.orders
    local texts = (read(orders) or "") .. "\0" .. (read(orders .. ".acknowledged") or "")
    local geo = os.time() >= (self.geo_read or 0) + (self.options.geo_interval or GEO_INTERVAL)
    if texts == self.texts and not geo then return end
    -- What is refused is tried again when it changes, and geo files in time.
    self.texts = texts
    if geo then self.geo_read = os.time() end
    if not self.policy then
        local policy, message = self:open()
        if not policy then
            -- Tried again each second, and told once.
            self.geo_read = nil
            if message ~= self.refusal then log("err", "EVERYBODY IS ADMITTED: there is no policy: " .. message) end
            self.refusal = message
            return
        end
        self.policy, self.generation = policy, 1
    else
        local ok, message, wider = self.policy:reload { wider = false, geo = geo }
        if ok and geo then self.generation = self.generation + 1 end
        if wider then
            log("err", "the new orders would block people who are not blocked now, and are not acknowledged; those in force stay: " .. message)
        elseif not ok then
            log("err", "the new files are refused; what is in force stays: " .. message)
        end
    end
    local in_force = self.policy:digest() .. " " .. self.generation
    if in_force ~= self.in_force then
        self.in_force = in_force
        KSR.htable.sht_sets(TABLE, IN_FORCE, in_force)
        log("notice", "policy " .. in_force .. " is in force")
        for line in self.policy:warnings():gmatch "[^\n]+" do log("warn", line) end
    end
end

-- The legs that were answered. Walking the table locks it, so nothing else is done meanwhile.
local function answered_legs()
    local legs = {}
    KSR.htable.sht_iterator_start("bailiwick-calls", TABLE)
    while KSR.htable.sht_iterator_next "bailiwick-calls" > 0 do
        local key, value = KSR.pv.get "$shtitkey(bailiwick-calls)", KSR.pv.get "$shtitval(bailiwick-calls)"
        legs[#legs + 1] = { key = tostring(key), value = tostring(value) }
    end
    KSR.htable.sht_iterator_end "bailiwick-calls"
    return legs
end

-- Ends a leg.
function Gate:finish(leg, question, decision)
    local entry, id = leg.key:match "^calls:(%d+):(%d+)$"
    KSR.jsonrpcs.exec(('{"jsonrpc": "2.0", "method": "dlg.end_dlg", "params": [%s, %s], "id": 1}'):format(entry, id))
    local code = KSR.pv.get "$jsonrpl(code)"
    local orders = table.concat(decision:orders(), ", ")
    if code ~= 200 then
        log("err", ("the leg %s:%s of %s stays although %s: %s"):format(entry, id, shown(question.meeting), orders, shown(KSR.pv.get "$jsonrpl(body)")))
    else
        self:record(question)
        count "removed"
        log("info", ("the leg %s:%s of %s is ended: %s"):format(entry, id, shown(question.meeting), orders))
    end
    KSR.htable.sht_rm(TABLE, leg.key)
end

-- Ends the legs of callers whom the policy in force blocks.
function Gate:review()
    if not self.policy then return end
    for _, leg in ipairs(answered_legs()) do
        local meeting, account, address, has = leg.value:match("^(%x*)/(%x*)/(%x*)/([01])" .. ANSWERED .. "$")
        if meeting then
            local question = {
                meeting = unhex(meeting), account = has == "1" and unhex(account) or nil, address = unhex(address),
                host = self.options.host, at = os.time(),
            }
            local _, decision = self.policy:decide(question)
            if decision and not decision:admits() then self:finish(leg, question, decision) end
        end
    end
end

-- What the timer's process does every second.
function Gate:tick()
    self:reload()
    self:review()
end

return { new = new }
