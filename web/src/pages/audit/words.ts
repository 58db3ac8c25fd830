/** The audit trail in words. An action that is not known here is shown as it is, readable. */
import type { Access, AuditEntry } from '../../api/types'

/** What was done, and what was only tried. */
const actions: Record<string, [done: string, tried: string]> = {
  'session.create': ['signed in', 'sign in'],
  'session.give_code': ['gave the code of the second factor', 'give the code of the second factor'],
  'session.prove': ['proved again who they are', 'prove again who they are'],
  'session.prove_by_passkey': ['proved again by a passkey who they are', 'prove by a passkey who they are'],
  'session.use_passkey': ['signed in by a passkey', 'sign in by a passkey'],
  'session.use_provider': ['signed in by a linked sign-in', 'sign in by a linked sign-in'],
  'session.provider_sign_out': ['signed out at a provider, and so here', 'be signed out by a provider'],
  'session.new_place': ['came in from a new place:', 'come in from a new place:'],
  'session.impossible_travel': ['came in from too far away to have travelled there:', 'come in from too far away to have travelled there:'],
  'session.many_wrong_passwords': ['gave many wrong passwords for', 'come in by many wrong passwords as'],
  'session.carried_off': ['used in another browser a session of', 'use in another browser a session of'],
  'session.many_wrong_codes': ['gave many wrong codes for', 'come in by many wrong codes as'],
  'session.end_one': ['ended a session:', 'end a session:'],
  'session.end_others': ['signed out everywhere else', 'sign out everywhere else'],
  'session.end': ['signed out', 'sign out'],
  'account.change_password': ['changed their password', 'change their password'],
  'account.choose_language': ['chose the language of their mails', 'choose the language of their mails'],
  'account.set_factor': ['set a second factor', 'set a second factor'],
  'account.remove_factor': ['took their second factor away', 'take their second factor away'],
  'account.make_recovery_codes': ['made other recovery codes', 'make other recovery codes'],
  'account.add_passkey': ['added the passkey', 'add a passkey'],
  'account.rename_passkey': ['renamed the passkey', 'rename the passkey'],
  'account.remove_passkey': ['removed the passkey', 'remove the passkey'],
  'account.link_sign_in': ['linked a sign-in:', 'link a sign-in'],
  'account.unlink_sign_in': ['removed a linked sign-in:', 'remove a linked sign-in:'],
  'access.ask': ['asked to be let in by', 'ask to be let in by'],
  'access.approve': ['let an operator in by', 'let an operator in by'],
  'access.break_glass': ['let themself in by the sealed codes, by', 'come in by the sealed codes, by'],
  'access.enter': ['went in by', 'go in by'],
  'access.end': ['ended', 'end'],
  'access.expire': ['ended in time', 'end in time'],
  'host.add_operator': ['made an operator of', 'make an operator of'],
  'host.remove_operator': ['made no operator any more of', 'make no operator any more of'],
  'host.suspend_account': ['suspended the account of', 'suspend the account of'],
  'host.resume_account': ['let in again to their account', 'let in again to their account'],
  'host.end_sessions': ['signed out everywhere', 'sign out everywhere'],
  'host.end_grant': ['ended', 'end'],
  'host.make_break_glass': ['made codes to be sealed away', 'make codes to be sealed away'],
  'host.guard_orders': ['had the gravest orders need two people', 'have the gravest orders need two people'],
  'host.unguard_orders': ['had the gravest orders need nobody else any more', 'have the gravest orders need nobody else any more'],
  'order.ask': ['asked two operators to approve', 'ask two operators to approve'],
  'order.approve': ['approved by their passkey', 'approve by their passkey'],
  'order.approve_by_codes': ['approved by two of the sealed codes', 'approve by two of the sealed codes'],
  'order.refuse': ['refused', 'refuse'],
  'order.do': ['did what two people had approved:', 'do what two people had approved:'],
  'order.expire': ['ended in time', 'end in time'],
  'setup.use': ['set up this Fastness', 'use a set-up link'],
  'account.export': ['took their data along', 'take their data along'],
  'account.erase': ['erased their account', 'erase their account'],
  'host.export_user': ['exported the data of', 'export the data of'],
  'host.erase_user': ['erased', 'erase'],
  'host.init': ['made the first organisation', 'make the first organisation'],
  'host.make_setup_link': ['made a set-up link', 'make a set-up link'],
  'host.restrict': ['changed how much this server does', 'change how much this server does'],
  'host.switch_off': ['switched off', 'switch off'],
  'host.switch_on': ['switched on again', 'switch on again'],
  'host.open_incident': ['opened an incident', 'open an incident'],
  'host.note_incident': ['noted what was done about an incident', 'note what was done about an incident'],
  'host.close_incident': ['closed an incident', 'close an incident'],
  'host.publish_statement': ['published the statement of an incident', 'publish the statement of an incident'],
  'host.withdraw_statement': ['withdrew the statement of an incident', 'withdraw the statement of an incident'],
  'host.take_evidence': ['took this trail as evidence', 'take this trail as evidence'],
  'host.end_evidence': ['took evidence to an end', 'take evidence to an end'],
  'host.send_letters': ['wrote to those whom an incident concerns', 'write to those whom an incident concerns'],
  'host.look_for_affected': ['searched this trail for whom an incident concerns', 'search this trail for whom an incident concerns'],
  'host.reset_factors': ['took second factor, passkeys and linked sign-ins away from', 'take second factor, passkeys and linked sign-ins away from'],
  'host.begin_backup': ['began a backup', 'begin a backup'],
  'host.restore_scrubbed': ['made this server as a scrubbed copy', 'make this server as a scrubbed copy'],
  'device.create': ['added the device', 'add a device'],
  'device.update': ['changed the device', 'change the device'],
  'device.delete': ['deleted the device', 'delete the device'],
  'device.enrol': ['issued a certificate to', 'issue a certificate to'],
  'device.change_certificate': ['changed a certificate of', 'change a certificate of'],
  'device.revoke_certificate': ['revoked a certificate of', 'revoke a certificate of'],
  'device.set_secret': ['made a secret key for', 'make a secret key for'],
  'device.check_secret': ['checked the secret key of', 'check the secret key of'],
  'device.clear_secret': ['ended the secret key of', 'end the secret key of'],
  'device.suspend': ['suspended', 'suspend'],
  'device.resume': ['let in again', 'let in again'],
  'device.revoke': ['revoked', 'revoke'],
  'device.change_key': ['changed the key of', 'change the key of'],
  'device.retire_key': ['came by its new key, which ends the old one:', 'come by its new key:'],
  'device.undo_key_change': ['took back the change of key of', 'take back the change of key of'],
  'device.in_two_places': ['was in two places at once', 'be in two places at once'],
  'device.renew': ['renewed the certificate of', 'renew the certificate of'],
  'claim_code.create': ['made the claim code', 'make a claim code'],
  'claim_code.revoke': ['revoked the claim code', 'revoke the claim code'],
  'claim_certificate.create': ['registered the claim certificate', 'register a claim certificate'],
  'claim_certificate.revoke': ['revoked the claim certificate', 'revoke the claim certificate'],
  'claim.approve': ['let a waiting device in:', 'let a waiting device in:'],
  'claim.refuse': ['refused a waiting device:', 'refuse a waiting device:'],
  'device.renew_twice': ['renewed twice the certificate of', 'renew a second time the certificate of'],
  'device.renewal_failed': ['could not take its new certificate:', 'take its new certificate:'],
  'certificate.forged': ['used the forged', 'use the forged'],
  'identity.quarantine': ['put into quarantine', 'put into quarantine'],
  'ca.rotate': ['ordered the rotation to', 'order a rotation to'],
  'ca.abort': ['took back the rotation to', 'take back the rotation to'],
  'ca.distrust': ['ordered to give up the key of', 'give up the key of'],
  'ca.destroy': ['ordered to destroy the key of', 'destroy the key of'],
  'ca.lock': ['locked enrolment because of', 'lock enrolment because of'],
  'ca.unlock': ['ended the lock of enrolment because of', 'end the lock of enrolment because of'],
  'ca.ask_root': ['asked a root to sign', 'ask a root to sign'],
  'ca.accept_root': ['took over what a root signed', 'take over what a root signed'],
  'ca.change_roots': ['moved the server to', 'move the server to'],
  'ca.rotation_routine': ['began a routine rotation to', 'begin a routine rotation to'],
  'ca.rotation_emergency': ['began an emergency rotation to', 'begin an emergency rotation to'],
  'ca.rotation_preparing': ['began to make the key of', 'make the key of'],
  'ca.rotation_soaking': ['made known, before it issues, the key of', 'make known the key of'],
  'ca.rotation_renewing': ['has devices come for certificates of', 'have devices come for certificates of'],
  'ca.rotation_discarding': ['began to discard the key of', 'discard the key of'],
  'ca.rotation_completed': ['completed the rotation to', 'complete the rotation to'],
  'ca.rotation_aborted': ['ended before its time the rotation to', 'end the rotation to'],
  'ca.rotation_superseded': ['let another take the place of the rotation to', 'replace the rotation to'],
  'ca.generation_staged': ['made the key of', 'make the key of'],
  'ca.generation_trusted': ['made known the key of', 'make known the key of'],
  'ca.generation_issuing': ['issues device certificates from now on with', 'issue device certificates with'],
  'ca.generation_retiring': ['issues no more with', 'issue no more with'],
  'ca.generation_distrusted': ['gave up the key of', 'give up the key of'],
  'ca.generation_destroyed': ['destroyed the key of', 'destroy the key of'],
  'thing.create': ['added the thing', 'add a thing'],
  'thing.update': ['changed the thing', 'change the thing'],
  'thing.delete': ['deleted the thing', 'delete the thing'],
  'property.create': ['added the property', 'add a property'],
  'property.update': ['changed the property', 'change the property'],
  'property.delete': ['removed the property', 'remove the property'],
  'value.write': ['wrote to', 'write to'],
  'data.read': ['read', 'read'],
  'data.write': ['wrote', 'write'],
  'data.read_much': ['was given far more data within an hour than usual:', 'read far more data within an hour than usual:'],
  'session.work_in': ['went to work in the organisation', 'work in the organisation'],
  'session.view_as': ['looked as a lesser role does', 'look as a lesser role does'],
  'session.view_as_self': ['looked as themselves again', 'look as themselves again'],
  'invitation.create': ['invited somebody', 'invite somebody'],
  'invitation.withdraw': ['withdrew an invitation', 'withdraw an invitation'],
  'invitation.accept': ['came in by an invitation:', 'come in by an invitation'],
  'invitation.join': ['made an account and came in by an invitation:', 'come in by an invitation'],
  'person.set_role': ['gave another role to', 'give another role to'],
  'person.set_things': ['gave other things by name to', 'give other things by name to'],
  'person.remove': ['let go, or left:', 'let somebody go:'],
  'organisation.hand_over': ['handed the organisation over to', 'hand the organisation over to'],
  'organisation.rename': ['renamed the organisation', 'rename the organisation'],
  'api_key.create': ['made the API key', 'make an API key'],
  'api_key.rotate': ['gave a new secret to the API key', 'give a new secret to the API key'],
  'api_key.honey_used': ['tried the honey key', 'use the honey key'],
  'api_key.from_elsewhere': ['used from another network the API key', 'use from another network the API key'],
  'api_key.new_network': ['used from a new network the API key', 'use from a new network the API key'],
  'api_key.revoke': ['revoked the API key', 'revoke the API key'],
  'api_key.report_leak': ['reported as leaked the API key', 'report an API key as leaked'],
}

export function actionWords(action: string, result = 'ok'): string {
  const known = actions[action]
  const readable = action.replace(/[._]/g, ' ')
  if (result === 'ok') return known?.[0] ?? readable
  return `tried to ${known?.[1] ?? readable}`
}

/** What an access is to, as people say it. */
const data: Record<string, string> = {
  devices: 'devices',
  things: 'things and last values',
  values: 'values',
  history: 'history',
  security: 'the check-up',
  audit: 'the audit trail',
}

/** "read history 17 times" */
export function accessWords(access: Access): string {
  const verb = access.verb === 'read' ? 'read' : 'wrote'
  const often = access.count === 1 ? 'once' : access.count === 2 ? 'twice' : `${access.count} times`
  return `${verb} ${data[access.data] ?? access.data} ${often}`
}

/** The object of an entry that is an access: "history, in the hour from 2026-11-30 09:00 UTC". */
export function accessObject(object: string): string | undefined {
  const { kind, id } = party(object)
  const hour = /^(\d{4}-\d\d-\d\d)T(\d\d)$/.exec(id)
  return hour ? `${data[kind] ?? kind}, in the hour from ${hour[1]} ${hour[2]}:00 UTC` : undefined
}

export interface Party {
  kind: string
  id: string
}

export function party(text: string): Party {
  const at = text.indexOf(':')
  return at < 0 ? { kind: text, id: '' } : { kind: text.slice(0, at), id: text.slice(at + 1) }
}

export const resultWords: Record<string, string> = {
  ok: 'done',
  waiting: 'waits for its owner',
  unauthenticated: 'refused: not signed in',
  factor_needed: 'the password was right, a code was asked for',
  step_up_required: 'asked first to prove who they are',
  second_factor_required: 'asked first for a second factor',
  forbidden: 'refused: not allowed',
  not_found: 'refused: not there',
  invalid_request: 'refused: not valid',
  conflict: 'refused: conflict',
  too_many_requests: 'refused: too many tries',
}

export function matchesAudit(entry: AuditEntry, names: (text: string) => string, filter: string): boolean {
  const wanted = filter.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const text = [entry.action, actionWords(entry.action, entry.result), names(entry.actor), names(entry.object), entry.object, entry.actor, entry.address ?? '', entry.result]
    .join(' ')
    .toLowerCase()
  return wanted.every((word) => text.includes(word))
}
