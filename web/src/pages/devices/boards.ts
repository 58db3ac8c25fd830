/** Board types a person may choose, by the wire names of the device API, and how each can prove itself. */

export interface Board {
  type: string
  label: string
  /** Boards that keep the key in their own chip and rebuild the certificate from its parts. */
  profile: 'standard' | 'board'
}

export const boards: Board[] = [
  { type: 'generic_device_secretkey', label: 'Any device', profile: 'standard' },
  { type: 'login_and_secretkey_wifi', label: 'ESP32, ESP8266 or another Wi-Fi board', profile: 'standard' },
  { type: 'unor4wifi', label: 'Arduino UNO R4 WiFi', profile: 'board' },
  { type: 'nano_nora', label: 'Arduino Nano ESP32', profile: 'board' },
  { type: 'nanorp2040connect', label: 'Arduino Nano RP2040 Connect', profile: 'board' },
  { type: 'nano_33_iot', label: 'Arduino Nano 33 IoT', profile: 'board' },
  { type: 'mkrwifi1010', label: 'Arduino MKR WiFi 1010', profile: 'board' },
  { type: 'mkr1000', label: 'Arduino MKR 1000', profile: 'board' },
  { type: 'mkrgsm1400', label: 'Arduino MKR GSM 1400', profile: 'board' },
  { type: 'mkrnb1500', label: 'Arduino MKR NB 1500', profile: 'board' },
  { type: 'opta', label: 'Arduino Opta', profile: 'board' },
  { type: 'giga', label: 'Arduino GIGA R1 WiFi', profile: 'board' },
  { type: 'portenta_c33', label: 'Arduino Portenta C33', profile: 'board' },
  { type: 'envie_m7', label: 'Arduino Portenta H7', profile: 'board' },
  { type: 'nicla_vision', label: 'Arduino Nicla Vision', profile: 'board' },
  { type: 'portenta_x8', label: 'Arduino Portenta X8', profile: 'standard' },
]

export function boardOf(type: string): Board | undefined {
  return boards.find((board) => board.type === type)
}
