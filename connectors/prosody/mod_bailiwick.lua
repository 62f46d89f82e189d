-- Asks bailiwick whether a participant may join a room, and removes participants whom a changed policy blocks.
--
-- Load it on every MUC component of the server: conference rooms, lobbies and breakout rooms. README.md has all options.
--
-- The module adds no rule. When it cannot ask, it admits, logs why and counts it.

local bailiwick = require "bailiwick";
local st = require "util.stanza";
local jid_split = require "util.jid".split;
local jid_bare = require "util.jid".bare;
local jid_prep = require "util.jid".prep;
local sha256 = require "util.hashes".sha256;
local valid_utf8 = require "util.encodings".utf8.valid;
local lfs = require "lfs";

local now = require "util.time".now;

local muc = module:depends "muc";

-- Every component shares the policy and the ledger: their parts of the server are under the same orders.
local server = module:shared "/*/bailiwick/server";

---- Configuration: checked before anything else, so that a mistake is told at start. -------------------------------------------

local function wrong(option, message)
	error(("bailiwick: `%s` %s"):format(option, message), 0);
end

local function text_option(name)
	local value = module:get_option(name);
	if value ~= nil and (type(value) ~= "string" or value == "") then
		wrong(name, "must be a text in quotes");
	end
	return value;
end

local function list_option(name)
	local value = module:get_option(name, {});
	if type(value) == "string" then value = { value }; end
	if type(value) ~= "table" then wrong(name, "must be a list of texts"); end
	local list = {};
	for at, item in ipairs(value) do
		if type(item) ~= "string" or item == "" then wrong(name, ("has an entry, number %d, that is not a text"):format(at)); end
		list[at] = item;
	end
	return list;
end

local function seconds_option(name, default)
	local value = module:get_option(name, default);
	if type(value) ~= "number" or value < 1 or value > 86400 then wrong(name, "must be a number of seconds between 1 and 86400"); end
	return value;
end

local orders = text_option "bailiwick_orders" or wrong("bailiwick_orders", "is missing: give the path of the orders file");
local geo = list_option "bailiwick_geo";
local min_sources = module:get_option("bailiwick_min_sources", 1);
if type(min_sources) ~= "number" or min_sources < 1 then wrong("bailiwick_min_sources", "must be a number, 1 or more"); end
local exclude = list_option "bailiwick_exclude";
local host_region = text_option "bailiwick_host_region";
local main_muc = text_option "bailiwick_main_muc";
local ledger_path = text_option "bailiwick_ledger";
local ledger_key = text_option "bailiwick_ledger_key";
if (ledger_path == nil) ~= (ledger_key == nil) then
	wrong(ledger_path and "bailiwick_ledger_key" or "bailiwick_ledger", "is missing: a ledger needs a file and a key file");
end
local accounts = { none = true, moderator_id = true, context_group = true };
local account_from = text_option "bailiwick_account" or "none";
if not accounts[account_from] then
	wrong("bailiwick_account", ("is %q: give \"none\", \"moderator_id\" or \"context_group\""):format(account_from));
end
local watch = seconds_option("bailiwick_watch", 5);
local exempt = {};
for _, jid in ipairs(list_option "bailiwick_exempt") do
	exempt[jid_prep(jid) or wrong("bailiwick_exempt", ("has an entry that is no JID: %q"):format(jid))] = true;
end

-- One policy needs the same files everywhere: those that the server began with count, also when the module is loaded again.
do
	local files = { orders = orders, geo = geo, exclude = exclude, min_sources = min_sources, ledger_path = ledger_path, ledger_key = ledger_key };
	files.all = table.concat({ orders, table.concat(geo, "\0"), table.concat(exclude, "\0"), min_sources, ledger_path or "", ledger_key or "" }, "\1");
	server.files = server.files or files;
	if server.files.all ~= files.all then
		module:log("error", "the options for files differ from those that the server began with, and do not count: restart it to change them");
		files = server.files;
		orders, geo, exclude, min_sources = files.orders, files.geo, files.exclude, files.min_sources;
		ledger_path, ledger_key = files.ledger_path, files.ledger_key;
	end
end

local blocked_count = module:measure("bailiwick_blocked", "counter");
local removed_count = module:measure("bailiwick_removed", "counter");
local unasked_count = module:measure("bailiwick_unasked", "counter");

---- The policy and the ledger, once for the whole server. ----------------------------------------------------------------------

-- The bytes of a file, or nil and why it cannot be read. A folder can be opened, and not read.
local function read(path)
	local file, message = io.open(path, "rb");
	if not file then return nil, message; end
	local text;
	text, message = file:read "*a";
	file:close();
	return text, message;
end

-- What the policy was read from. A change of the orders within a second counts, too, so that their texts are compared; geo files are
-- large.
local function fingerprint()
	local parts = { sha256(read(orders) or "", true), sha256(read(orders .. ".acknowledged") or "", true) };
	for _, list in ipairs { geo, exclude } do
		for _, spec in ipairs(list) do
			for file in spec:gmatch "[^,]+" do
				-- `NAME=FORMAT:FILE`: whatever is no file has no attributes, and does not change.
				for _, path in ipairs { file, file:match "=(.*)$" or "", file:match ":(.*)$" or "" } do
					local attributes = lfs.attributes(path);
					if attributes then
						parts[#parts + 1] = ("%s %d %d %d"):format(path, attributes.modification, attributes.size, attributes.ino or 0);
					end
				end
			end
		end
	end
	return table.concat(parts, "\n");
end

local function log_policy(digest, in_place_of)
	module:log("info", "policy %s is in force%s", digest, in_place_of and ", in place of " .. in_place_of or "");
	for line in server.policy:warnings():gmatch "[^\n]+" do module:log("warn", "%s", line); end
end

local function open_policy()
	local before = fingerprint();
	local policy, message = bailiwick.open { orders = orders, geo = geo, exclude = exclude, min_sources = min_sources };
	-- Files that are refused are tried again when they change.
	server.fingerprint = before;
	if not policy then
		module:log("error", "EVERYBODY IS ADMITTED: there is no policy: %s", message);
		return;
	end
	server.policy = policy;
	log_policy(policy:digest());
end

local function open_ledger()
	local key, message = read(ledger_key);
	local ledger;
	if key then ledger, message = bailiwick.ledger(ledger_path, key); end
	if not ledger then
		module:log("error", "NOTHING IS RECORDED: %s", message);
	end
	server.ledger = ledger;
end

if not server.policy and server.fingerprint ~= fingerprint() then open_policy(); end
if ledger_path and not server.ledger then open_ledger(); end

---- Names. ----------------------------------------------------------------------------------------------------------------------

-- Jitsi's clients send lower(percent-encode(lower(NFKC(name)))) as the node of a room's JID.
local function encode(name)
	return (name:gsub("[^%w%-_%.!~%*'%(%)]", function (char) return ("%%%02x"):format(char:byte()); end));
end

-- The name that people know a room by. A node that no client makes from a name is the name itself: it is another room than that of
-- the name which it decodes to.
local function decode(node)
	local name = node:gsub("%%(%x%x)", function (hex) return string.char(tonumber(hex, 16)); end);
	return encode(name) == node and valid_utf8(name) and name or node;
end

local function meeting_of_node(node)
	local tenant, room = node:match "^%[(.-)%](.*)$";
	if tenant and room ~= "" then return decode(tenant) .. "/" .. decode(room); end
	return decode(node);
end

-- The conference room that a breakout room belongs to. It knows its breakout rooms; they do not know it.
local function main_of_breakout(jid)
	local host = prosody.hosts[main_muc];
	local main = host and host.modules.muc;
	if not main then return nil; end
	for room in main.live_rooms() do
		local breakout_rooms = room._data.breakout_rooms;
		if breakout_rooms and breakout_rooms[jid] then return room.jid; end
	end
end

-- The name of the meeting that a room is part of, or nil and why there is none.
local function meeting_of(room)
	local jid = room.main_room_jid;
	if not jid and main_muc and main_muc ~= module.host then
		jid = main_of_breakout(room.jid);
		if not jid then return nil, "it belongs to no conference room of " .. main_muc; end
	end
	return meeting_of_node((jid_split(jid or room.jid)));
end

---- Deciding. -------------------------------------------------------------------------------------------------------------------

local function is_exempt(jid)
	local _, host = jid_split(jid);
	return exempt[jid] or exempt[jid_bare(jid)] or exempt[host] or false;
end

local function account_of(room, session)
	local account;
	if account_from == "moderator_id" then account = room._data.moderator_id; end
	if account_from == "context_group" then account = session.jitsi_meet_context_group; end
	-- A token may have a number.
	if type(account) == "number" then account = ("%.0f"):format(account); end
	return type(account) == "string" and account or nil;
end

local function not_asked(room, jid, why)
	unasked_count(1);
	module:log("warn", "%s is admitted to %s without a decision: %s", jid, room.jid, why);
end

-- A name for the log, on one line.
local function shown(name)
	return "`" .. name:gsub("%c", "?") .. "`";
end

-- The question about a participant, or nil and why it cannot be asked.
local function question_about(room, session)
	if not server.policy then return nil, "there is no policy"; end
	if not session or session.type ~= "c2s" then return nil, "it has no connection of a client here, whose address would count"; end
	local meeting, why = meeting_of(room);
	if not meeting then return nil, why; end
	return { meeting = meeting, address = session.ip, account = account_of(room, session), host = host_region, at = now() };
end

local function record(question)
	if not server.ledger then return; end
	local seq, message = server.ledger:record(server.policy, question);
	if not seq then module:log("error", "a decision is not recorded: %s", message); end
end

-- The decision, or nil when the participant is admitted for want of one.
local function decide(room, jid, session)
	local question, why = question_about(room, session);
	if not question then
		not_asked(room, jid, why);
		return nil;
	end
	local _, decision, message = server.policy:decide(question);
	if not decision then
		not_asked(room, jid, message);
		return nil;
	end
	return decision, question;
end

-- What was recorded about a request to join: a queue of joins fires them again.
local recorded = setmetatable({}, { __mode = "k" });

-- A text for XML, which has no control characters.
local function clean(text)
	return (text:gsub("%c", function (char) return (char == "\n" or char == "\t") and char or " "; end));
end

local function at_the_door(event)
	local room, stanza, session = event.room, event.stanza, event.origin;
	local jid = stanza.attr.from;
	if is_exempt(jid) then return; end
	local decision, question = decide(room, jid, session);
	if not decision then return; end
	local admits = decision:admits();
	if recorded[stanza] ~= admits then
		recorded[stanza] = admits;
		record(question);
	end
	if admits then return; end
	local notice = clean(decision:notice(stanza.attr["xml:lang"] or ""));
	local reply = st.error_reply(stanza, "cancel", "not-allowed", notice, room.jid);
	blocked_count(1);
	local ids = table.concat(decision:orders(), ", ");
	module:log("info", "%s is refused in %s (meeting %s): %s", jid, room.jid, shown(question.meeting), ids);
	session.send(reply);
	return true;
end

-- An error in here admits: Prosody would leave the join without an answer, which is a block.
module:hook("muc-occupant-pre-join", function (event)
	local ok, refused = pcall(at_the_door, event);
	if ok then return refused; end
	not_asked(event.room, event.stanza.attr.from, "an error of the connector: " .. tostring(refused));
end, 100);

---- Removing. -------------------------------------------------------------------------------------------------------------------

-- Tells one connection of an occupant that it is removed, and why. Nobody else is told why: that would tell where the person is.
local function tell(room, occupant, jid, text)
	room:route_stanza(st.presence({ type = "unavailable", from = occupant.nick, to = jid })
		:tag("x", { xmlns = "http://jabber.org/protocol/muc#user" })
			:tag("item", { affiliation = room:get_affiliation(jid) or "none", role = "none" }):text_tag("reason", text):up()
			:tag("status", { code = "110" }):up()
			:tag("status", { code = "307" }):up());
end

-- The decision about one connection of an occupant, when it is to be ended. What cannot be asked was said when they joined.
local function review_session(room, jid)
	local session = prosody.full_sessions[jid];
	if not session or is_exempt(jid) then return nil; end
	local question = question_about(room, session);
	if not question then return nil; end
	local _, decision = server.policy:decide(question);
	if not decision or decision:admits() then return nil; end
	record(question);
	removed_count(1);
	module:log("info", "%s is removed from %s (meeting %s): %s", jid, room.jid, shown(question.meeting), table.concat(decision:orders(), ", "));
	return decision;
end

-- Decides about an occupant again. Nobody has more than one connection in Jitsi; in other clients some may stay.
local function review(room, occupant)
	local blocked, stays = {}, false;
	for jid in occupant:each_session() do
		blocked[jid] = review_session(room, jid);
		stays = stays or not blocked[jid];
	end
	if next(blocked) == nil then return; end
	for jid, decision in pairs(blocked) do
		tell(room, occupant, jid, clean(decision:notice("")));
		if stays then occupant:remove_session(jid); end
	end
	if stays then
		room:save_occupant(occupant);
	else
		room:set_role(true, occupant.nick, nil, nil);
	end
end

-- Calls a part of the module. An error in it stops neither Prosody's own work nor the reviews to come.
local function guarded(part, ...)
	local ok, message = pcall(part, ...);
	if not ok then module:log("error", "an error of the connector: %s", tostring(message)); end
end

local function review_room(room)
	local occupants = {};
	for _, occupant in room:each_occupant() do occupants[#occupants + 1] = occupant; end
	for _, occupant in ipairs(occupants) do guarded(review, room, occupant); end
end

local function review_all()
	if not server.policy then return; end
	local rooms = {};
	for room in muc.live_rooms() do rooms[#rooms + 1] = room; end
	for _, room in ipairs(rooms) do review_room(room); end
end

-- A stream that is resumed may come from another address.
local function resumed(event)
	local jid = event.resumed and event.resumed.full_jid or event.origin.full_jid;
	if not jid or not server.policy then return; end
	for room in muc.live_rooms() do
		local occupant = room:get_occupant_by_real_jid(jid);
		if occupant then guarded(review, room, occupant); end
	end
end

local function hook_resumption(host)
	local entry = prosody.hosts[host];
	if entry and entry.events then module:hook_object_event(entry.events, "smacks-hibernation-end", resumed); end
end

for host in pairs(prosody.hosts) do hook_resumption(host); end
module:hook_global("host-activated", hook_resumption);

---- Reloading. ------------------------------------------------------------------------------------------------------------------

local function reload()
	if not server.policy then return open_policy(); end
	local before = fingerprint();
	local digest = server.policy:digest();
	local ok, message, wider = server.policy:reload { wider = false };
	-- A file that is refused is tried again when it changes.
	server.fingerprint = before;
	if ok then
		log_policy(server.policy:digest(), digest);
	elseif digest ~= server.policy:digest() then
		module:log("error", "policy %s is in force, in place of %s, on the geo data as they were; new ones are refused: %s",
			server.policy:digest(), digest, message);
	elseif wider then
		module:log("error", "the new orders would block people who are not blocked now, and are not acknowledged; those in force stay: %s", message);
	else
		module:log("error", "the new files are refused; what is in force stays: %s", message);
	end
end

local function reload_if_changed()
	if server.fingerprint ~= fingerprint() then reload(); end
end

module:hook_global("config-reloaded", function ()
	if ledger_path and not server.ledger then guarded(open_ledger); end
	guarded(reload_if_changed);
	guarded(review_all);
end);

-- Orders begin and end at times of their own, so rooms are reviewed although no file changed.
module:add_timer(watch, function ()
	guarded(reload_if_changed);
	guarded(review_all);
	if server.ledger then
		local ok, message = server.ledger:sync();
		if not ok then module:log("error", "the ledger is not on the disk: %s", message); end
	end
	return watch;
end);

module:hook_global("server-stopped", function ()
	if server.ledger then server.ledger:sync(); end
end);
