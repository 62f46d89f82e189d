-- What `wrk` measured, on one line: requests, microseconds, answers that are not 2xx or 3xx, failed connections, latencies in microseconds.
function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
