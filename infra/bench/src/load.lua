-- Sends the lines of LOAD_REQUESTS, a path and a body with a tab between, one after another and again. In a body
-- `{n}` is a number that no request had before.
local lines, made = {}, 0
local headers = {
    ["Authorization"] = "Bearer " .. os.getenv("LOAD_TOKEN"),
    ["Content-Type"] = "application/json",
    ["Accept-Encoding"] = os.getenv("LOAD_ENCODING"),
}
for line in io.lines(os.getenv("LOAD_REQUESTS")) do
    local path, body = line:match("^([^\t]*)\t(.*)$")
    lines[#lines + 1] = { path = path, body = body ~= "" and body or nil }
end

request = function()
    made = made + 1
    local line = lines[made % #lines + 1]
    local body = line.body and line.body:gsub("{n}", os.time() .. "-" .. made)
    return wrk.format(os.getenv("LOAD_METHOD"), line.path, headers, body)
end

done = function(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
    io.write(string.format("LOADED %d %d %d %d %d %d\n", summary.requests, summary.duration, failed,
        latency:percentile(50), latency:percentile(99), summary.bytes))
end
