// A mail server that takes mail and keeps it: submission with STARTTLS (RFC 6409, 3207) and AUTH PLAIN.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { waitFor } from './wait.mjs';

/** Waits for what a mail brings. Generous: news goes out by a timer, after slow hashes, on machines that build beside. */
export const waitForMail = (what, probe) => waitFor(what, probe, { seconds: 60 });

/** A mail's subject as a mail program shows it (RFC 2047: words in UTF-8 and base64, what folds them between goes). */
function subjectOf(header) {
  const [, folded] = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(header);
  return folded
    .replace(/\?=\r\n[ \t]+=\?/g, '?==?')
    .replace(/=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=/g, (_, word) => Buffer.from(word, 'base64').toString());
}

export class MailSink {
  /** What came: {from, to, user, password, secure, header, subject, body}. */
  mails = [];
  /** Every command word, and whether it came under TLS: what a listener on the wire could have seen. */
  commands = [];

  /** @param {{key: Buffer, cert: Buffer, offersTls?: boolean}} options */
  static async start(test, options) {
    const sink = new MailSink();
    const sockets = new Set();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      sink.#speak(socket, { ...options, secure: false });
      socket.write('220 sink ESMTP\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    sink.port = server.address().port;
    return sink;
  }

  #speak(socket, options) {
    const mail = { to: [], secure: options.secure };
    let state = 'command';
    let rest = '';
    const say = (line) => socket.write(`${line}\r\n`);
    const onData = (chunk) => {
      rest += chunk;
      for (let end; (end = rest.indexOf('\r\n')) >= 0 && state !== 'tls'; ) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        state = this.#answer(line, state, mail, options, say);
      }
      if (state !== 'tls') return;
      socket.removeListener('data', onData);
      const secure = new tls.TLSSocket(socket, { isServer: true, key: options.key, cert: options.cert });
      secure.on('error', () => socket.destroy());
      this.#speak(secure, { ...options, secure: true });
    };
    socket.on('data', onData);
    socket.on('error', () => {});
  }

  #answer(line, state, mail, options, say) {
    if (state === 'data') return this.#take(line, mail, say);
    if (state === 'credentials') {
      const [, user, password] = Buffer.from(line, 'base64').toString().split('\0');
      Object.assign(mail, { user, password });
      say(password === options.password ? '235 welcome' : '535 no');
      return 'command';
    }
    const word = line.split(' ')[0].toUpperCase();
    this.commands.push({ word, secure: options.secure });
    switch (word) {
      case 'EHLO': {
        const offers = ['sink', ...(options.secure ? ['AUTH PLAIN'] : options.offersTls === false ? ['AUTH PLAIN'] : ['STARTTLS'])];
        offers.forEach((each, i) => say(`250${i === offers.length - 1 ? ' ' : '-'}${each}`));
        return 'command';
      }
      case 'STARTTLS': say('220 go'); return 'tls';
      case 'AUTH': say('334 '); return 'credentials';
      case 'MAIL': mail.from = /<(.*)>/.exec(line)[1]; say('250 ok'); return 'command';
      case 'RCPT': mail.to.push(/<(.*)>/.exec(line)[1]); say('250 ok'); return 'command';
      case 'DATA': mail.text = ''; say('354 go'); return 'data';
      default: say('221 bye'); return 'command';
    }
  }

  #take(line, mail, say) {
    if (line !== '.') {
      mail.text += `${line}\r\n`;
      return 'data';
    }
    const [header, body] = mail.text.split('\r\n\r\n');
    this.mails.push({ ...mail, header, subject: subjectOf(header), body: Buffer.from(body, 'base64').toString() });
    say('250 taken');
    return 'command';
  }
}
