/** The module that the program below may load; Kong runs it in a sandbox and lets nothing else in. */
export const allowedModules = ["kong.plugins.jwt.jwt_parser"] as const;

/**
 * Puts the user's id from the token into a header, and nothing else of what a client may have put there. It runs before the
 * jwt plugin, which then refuses the request unless the same token is genuine; so whoever counts by the header later counts
 * a user who was proved. It looks for the token exactly where the jwt plugin does.
 */
export function setUser(header: string): string {
  return `${clearUser(header)}
local authorization = kong.request.get_headers()["authorization"]
if type(authorization) == "table" then authorization = authorization[1] end
if type(authorization) == "string" then
  local found = ngx.re.match(authorization, "\\\\s*[Bb]earer\\\\s+(.+)", "jo")
  if found then
    local token = require("kong.plugins.jwt.jwt_parser"):new(found[1])
    local user = token and token.claims and token.claims.sub
    if type(user) == "string" and #user <= 128 and ngx.re.find(user, "^[A-Za-z0-9._:@-]+$", "jo") then
      kong.service.request.set_header("${header}", user)
    end
  end
end
`;
}

/** Takes the header from a client that sends it. */
export function clearUser(header: string): string {
  return `kong.service.request.clear_header("${header}")`;
}
