// Programs over MQTT: the user's id, and an access token as password.
import mqtt from 'mqtt';

/** A program over MQTT; resolves once it is in or out. */
export async function comeIn(instance, token) {
  const user = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['http://arduino.cc/id'];
  const session = mqtt.connect(`mqtts://localhost:${instance.port('mqtts')}`, {
    ca: instance.anchors, username: user, password: token, clientId: 'program', protocolVersion: 5, reconnectPeriod: 0,
  });
  session.on('error', () => {});
  const came = await new Promise((resolve) => {
    session.once('connect', () => resolve(true));
    session.once('close', () => resolve(false));
  });
  return { came, session, ended: new Promise((resolve) => session.once('close', resolve)) };
}
