-- Sets the fields that Jitsi's own modules set on lobbies and breakout rooms, which are not to be had as packages.
local jid_split = require "util.jid".split;

local conference = "conference.meet.test";

-- As mod_muc_lobby_rooms: a lobby knows its conference room.
local function lobby(room)
	local node = jid_split(room.jid);
	-- A field that no version of that module sets: the connector must survive what it does not expect.
	room.main_room_jid = node == "broken" and 17 or node:gsub("%-lobby$", "") .. "@" .. conference;
end

-- As mod_muc_breakout_rooms: a conference room knows its breakout rooms.
local function breakout(room)
	local main = jid_split(room.jid) == "group-1" and "vigil" or "concert";
	local muc = prosody.hosts[conference].modules.muc;
	local main_room = muc.get_room_from_jid(main .. "@" .. conference) or muc.create_room(main .. "@" .. conference);
	main_room._data.breakout_rooms = main_room._data.breakout_rooms or {};
	main_room._data.breakout_rooms[room.jid] = "A group";
	-- As mod_token_affiliation and the like set it from a token.
	local account = jid_split(room.jid):match "^of%-account%-(.*)$";
	room._data.moderator_id = tonumber(account) or account;
end

module:hook("muc-room-pre-create", function (event)
	if module.host:match "^lobby%." then lobby(event.room) else breakout(event.room) end
end, 200);

-- As mod_muc_meeting_id: joins wait for the focus, and are then handled once more.
local waits = {}

module:hook("muc-occupant-pre-join", function (event)
	local room, origin, stanza = event.room, event.origin, event.stanza;
	if jid_split(room.jid) ~= "queued" or waits[stanza] then return; end
	waits[stanza] = true;
	module:add_timer(0.2, function () room:handle_normal_presence(origin, stanza); end);
	return true;
end, 8);
