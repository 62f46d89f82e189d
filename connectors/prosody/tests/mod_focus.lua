-- Stands in for Jitsi's conference focus: answers that every conference is ready.
local st = require "util.stanza";

module:hook("iq-set/host/http://jitsi.org/protocol/focus:conference", function (event)
	local conference = event.stanza:get_child("conference", "http://jitsi.org/protocol/focus");
	local reply = st.reply(event.stanza)
		:tag("conference", { xmlns = "http://jitsi.org/protocol/focus", ready = "true", room = conference.attr.room, focusjid = "focus@auth.meet.test" });
	event.origin.send(reply);
	return true;
end);
