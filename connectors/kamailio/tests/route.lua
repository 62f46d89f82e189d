-- A server that sends every call to one conference, with the connector in front.
local folder = os.getenv "FOLDER"
local conference = os.getenv "CONFERENCE"
local gate
if os.getenv "CONNECTOR" ~= "no" then
    gate = dofile(os.getenv "CONNECTOR_FILE").new {
        orders = folder .. "/orders.toml", geo = { "provider=cidr:" .. folder .. "/geo.csv" }, host = "US",
        ledger = folder .. "/ledger-%p.jsonl", ledger_key = folder .. "/ledger.key", card = "https://meet.example/orders",
        trunks = { "127.8.0.99" },
    }
end

function ksr_request_route()
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        KSR.sl.sl_send_reply(483, "Too Many Hops")
        return 1
    end
    if KSR.is_CANCEL() then
        if KSR.tm.t_check_trans() > 0 then KSR.tm.t_relay() end
        return 1
    end
    -- An INVITE that is sent again is not decided about again.
    if KSR.tmx.t_precheck_trans() > 0 then
        KSR.tm.t_check_trans()
        return 1
    end
    if KSR.tm.t_check_trans() == 0 then return 1 end
    if KSR.siputils.has_totag() > 0 then
        if KSR.rr.loose_route() > 0 or KSR.is_ACK() then KSR.tm.t_relay() end
        return 1
    end
    if KSR.is_INVITE() then
        KSR.rr.record_route()
        KSR.dialog.dlg_manage()
        if gate and not gate:admits(KSR.pv.get "$rU") then return 1 end
        KSR.pv.sets("$du", conference)
        KSR.tm.t_relay()
    end
    return 1
end

function ksr_bailiwick_timer()
    if gate then gate:tick() end
    return 1
end

function ksr_dialog_event(event)
    if gate then gate:dialog(event) end
    return 1
end
