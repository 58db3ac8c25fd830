/** How to trust the root on each system, in the order a person does it. */
export interface System {
  name: string
  steps: string[]
  command?: string
}

export const systems: System[] = [
  {
    name: 'With our command line, on Debian and Ubuntu',
    steps: ['Adds the root to the system’s store and prints its fingerprint, to compare with the one above. Firefox has a store of its own: see below.'],
    command: 'sudo -E fastness trust install',
  },
  {
    name: 'Windows',
    steps: [
      'Open the downloaded file and choose Install Certificate.',
      'Choose Local Machine, then “Place all certificates in the following store”: Trusted Root Certification Authorities.',
      'Start the browser again.',
    ],
  },
  {
    name: 'macOS',
    steps: [
      'Open the downloaded file; Keychain Access asks where to add it: choose System.',
      'Open the certificate there, unfold Trust, and choose Always Trust for SSL.',
    ],
  },
  {
    name: 'Linux',
    steps: ['On Debian and Ubuntu, with the downloaded file in this folder:'],
    command: 'sudo cp fastness-root.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates',
  },
  {
    name: 'Firefox',
    steps: ['Settings, Privacy & Security, View Certificates, Authorities, Import.', 'Choose “Trust this CA to identify websites”.'],
  },
  {
    name: 'iPhone and iPad',
    steps: [
      'Open the downloaded file, then Settings shows “Profile Downloaded”: install it.',
      'Settings, General, About, Certificate Trust Settings: switch it on.',
    ],
  },
  {
    name: 'Android',
    steps: ['Settings, Security, Encryption & credentials, Install a certificate, CA certificate.', 'Choose the downloaded file.'],
  },
]
