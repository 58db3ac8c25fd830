/** The lines of arduino_secrets.h for a device with a secret key. The key is quoted as C wants it. */
export function secretSketch(deviceId: string, secret: string): string {
  const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`
  return [
    '#define SECRET_SSID         ""',
    '#define SECRET_OPTIONAL_PASS ""',
    `#define SECRET_DEVICE_LOGIN ${quoted(deviceId)}`,
    `#define SECRET_DEVICE_KEY   ${quoted(secret)}`,
  ].join('\n')
}
