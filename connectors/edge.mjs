// Mints a token for each room that is named after the secret, with LiveKit's own SDK, and prints them, a line each.
import { AccessToken } from "livekit-server-sdk";

const [secret, ...rooms] = process.argv.slice(2);
for (const room of rooms) {
    const token = new AccessToken("key", secret, { identity: "anna", ttl: "1h" });
    token.addGrant({ roomJoin: true, room });
    console.log(await token.toJwt());
}
