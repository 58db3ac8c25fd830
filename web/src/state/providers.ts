/** Signing in by others: the identity providers that whoever runs the server has set up. */
import { post } from '../api/client'
import type { SentAway } from '../api/types'

/** Seconds that the server may take, which asks the provider first. */
export const PATIENCE = 30

/** A provider's page; anything that is no address of the web would be run here instead of opened there. */
export function pageOfProvider(url: string): string {
  if (new URL(url).protocol !== 'https:') throw new Error('The provider’s page has no encrypted address.')
  return url
}

/** Asks the server where to go and goes there; nothing of this page goes on then. */
export async function leaveBy(path: string): Promise<void> {
  const { url } = await post<SentAway>(path, undefined, { quiet: true, seconds: PATIENCE })
  location.assign(pageOfProvider(url))
}
