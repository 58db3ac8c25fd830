/** Putting one's passkey to a statement of the server. */
import { post } from '../../api/client'
import type { PasskeyOffer, UsePasskeyRequest } from '../../api/types'
import { askPasskey, refusalOf } from '../../state/passkey'

/** What the person signed; throws a sentence, or an empty one if they stopped it. */
export async function signOffer(offer: PasskeyOffer): Promise<UsePasskeyRequest> {
  try {
    return await askPasskey(offer)
  } catch (cause) {
    throw new Error(refusalOf(cause) ?? '', { cause })
  }
}

/** Asks what is to be signed at `path`/options, and sends it signed to `path`. */
export async function signAndPost(path: string): Promise<void> {
  const offer = await post<PasskeyOffer>(`${path}/options`)
  await post(path, await signOffer(offer))
}
