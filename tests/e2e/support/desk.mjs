// Somebody at a browser of their own, with an account and a passkey.
import { openBrowser, openPage } from './browser.mjs';

const password = 'a long enough passphrase for tests';

/** Somebody at a browser of their own, whose authenticator always has a finger on it. */
export class Desk {
  static async open(t, instance, { setup_token: token }) {
    const desk = new Desk();
    desk.url = `http://localhost:${instance.port('http')}`;
    const context = await openBrowser(t, instance);
    desk.page = await openPage(context);
    const devtools = await context.newCDPSession(desk.page);
    await devtools.send('WebAuthn.enable');
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
    await desk.page.goto(`${desk.url}/setup#${token}`);
    await desk.page.getByLabel('Password', { exact: true }).fill(password);
    await desk.page.getByRole('button', { name: 'Set up' }).click();
    await desk.page.getByRole('link', { name: 'Devices' }).first().waitFor();
    await desk.go('/account');
    await desk.press('Add a passkey');
    await desk.page.getByRole('button', { name: /^(Remove|Keep|Save)/ }).first().waitFor();
    return desk;
  }

  go(path) {
    return this.page.goto(this.url + path);
  }

  press(name) {
    return this.page.getByRole('button', { name, exact: true }).first().click();
  }

  sees(text) {
    return this.page.getByText(text).first().waitFor();
  }
}
