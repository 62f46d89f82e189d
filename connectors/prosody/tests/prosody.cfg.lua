-- Prosody for the live test, on loopback. The test sets what is read from the environment.
local folder = os.getenv "FOLDER"
daemonize = false
run_as_root = true
pidfile = folder .. "/prosody.pid"
data_path = folder .. "/data"
certificates = folder
plugin_paths = { os.getenv "MODULES", os.getenv "PLUGINS" }
log = { info = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = {}
c2s_direct_tls_ports = {}
s2s_ports = {}
component_ports = {}
http_interfaces = { "127.0.0.1" }
http_ports = { tonumber(os.getenv "PORT") }
https_ports = {}
http_default_host = "meet.test"
modules_enabled = { "disco", "roster", "saslauth", "websocket", "bosh", "smacks", "ping" }
modules_disabled = { "s2s", "offline" }
consider_websocket_secure = true
consider_bosh_secure = true
http_cors_override = { websocket = { enabled = true }, bosh = { enabled = true } }
c2s_require_encryption = false
allow_anonymous_s2s = false
-- The hop that the test's forwarder with a header of its own stands for. Others are not believed.
trusted_proxies = { os.getenv "TRUSTED" or "127.0.0.200" }

bailiwick_orders = folder .. "/orders.toml"
bailiwick_geo = { "provider=cidr:" .. folder .. "/geo.csv" }
bailiwick_host_region = "US"
bailiwick_account = "moderator_id"
bailiwick_watch = tonumber(os.getenv "WATCH")
bailiwick_main_muc = "conference.meet.test"
bailiwick_exempt = { "focus@auth.meet.test", "Recorder.meet.test" }
bailiwick_ledger = folder .. "/ledger.jsonl"
bailiwick_ledger_key = folder .. "/ledger.key"

local connector = os.getenv "CONNECTOR" == "no" and {} or { "bailiwick" }

VirtualHost "meet.test"
    authentication = "anonymous"

-- Accounts, as a stream without one cannot be resumed.
VirtualHost "accounts.meet.test"
    authentication = "internal_plain"

VirtualHost "recorder.meet.test"
    authentication = "anonymous"

Component "conference.meet.test" "muc"
    modules_enabled = connector
    restrict_room_creation = false
    muc_room_default_public_jids = true
    muc_room_locking = false

for _, host in ipairs { "lobby.meet.test", "breakout.meet.test" } do
    Component(host)("muc")
        modules_enabled = { "double", connector[1] }
        -- The same file by another name: the module says that the options differ.
        bailiwick_geo = { "provider=cidr:" .. folder .. "/./geo.csv" }
        restrict_room_creation = false
        muc_room_locking = false
end

Component "focus.meet.test"
    modules_enabled = { "focus" }
