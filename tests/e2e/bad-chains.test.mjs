// Chains of certificates that must not be believed: by our programs when a server shows one, and by
// the gateway when a device does. Each is wrong in one way, beside a good one of the same make.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { profile, Workshop } from './support/chains.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';

const file = wholeFile();
const shop = new Workshop(file);
const person = new Person(file);
const anchor = shop.openssl({ subject: 'Root', key: shop.key('root'), extensions: profile.ca });

/** An intermediate authority under `issuer`, and a server's certificate. */
const authority = (extensions = profile.ca, { key = 'intermediate', issuer = anchor, subject = 'Intermediate', digest } = {}) =>
  shop.openssl({ subject, key: shop.key(key), issuer, extensions, digest });
const server = (issuer, extensions = profile.leaf, { key = shop.key('server'), digest, subject = 'localhost' } = {}) =>
  shop.openssl({ subject, key, issuer, extensions, digest });
const named = (san) => `subjectAltName=${san}\nextendedKeyUsage=serverAuth`;
/** The DER of the object identifier 2.5.29.`last`, under which the extensions of RFC 5280 are. */
const identifier = (last) => Buffer.of(0x06, 0x03, 0x55, 0x1d, last);
const gnutlsCa = (template, { issuer = anchor, key = 'intermediate', subject = 'Intermediate' } = {}) =>
  shop.gnutls({ subject, key: shop.key(key), issuer, template: ['ca', 'cert_signing_key', ...template] });
const gnutlsServer = (issuer, template) =>
  shop.gnutls({ subject: 'localhost', key: shop.key('server'), issuer, template: ['dns_name = "localhost"', 'tls_www_server', 'signing_key', ...template] });

/** A server that shows `chain` and counts the requests that get through to it. */
async function serving(t, chain) {
  let requests = 0;
  const context = { cert: chain.map((each) => each.pem).join(''), key: fs.readFileSync(chain[0].key), ciphers: 'DEFAULT@SECLEVEL=0' };
  const listener = tls.createServer(context, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      requests += 1;
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}');
    });
  });
  listener.on('tlsClientError', () => {});
  await new Promise((ready) => listener.listen(0, '127.0.0.1', ready));
  t.after(() => listener.close());
  return { port: listener.address().port, requests: () => requests };
}

/** Logs in where `chain` is shown, trusting `root`. */
async function logIn(t, chain, root = anchor) {
  const at = await serving(t, chain);
  const args = ['login', `https://localhost:${at.port}`, '--ca', root.file, '--client-id', 'someone', '--secret-file', '-'];
  const answer = await person.run(args, { input: 'fastnessk1secret\n' });
  return { ...answer, requests: at.requests() };
}

const good = {
  'a certificate of the root': () => [server(anchor)],
  'one intermediate': () => {
    const middle = authority();
    return [server(middle), middle];
  },
  'an intermediate with a path length of nought': () => {
    const middle = authority(profile.ca.replace('CA:TRUE', 'CA:TRUE,pathlen:0'));
    return [server(middle), middle];
  },
  'names that the intermediate permits': () => {
    const middle = authority(`${profile.ca}\nnameConstraints=critical,permitted;DNS:localhost`);
    return [server(middle), middle];
  },
  'an extension that is unknown and not critical': () => [server(anchor, `${profile.leaf}\n1.2.3.4.5=DER:0500`)],
  'an intermediate and a certificate of GnuTLS': () => {
    const middle = gnutlsCa([]);
    return [gnutlsServer(middle, []), middle];
  },
  'a stranger beside the intermediate': () => {
    const middle = authority();
    return [server(middle), authority(profile.ca, { key: 'other', subject: 'Other' }), middle];
  },
};

const bad = {
  'an intermediate without the CA bit': () => withAuthority('basicConstraints=CA:FALSE\nkeyUsage=keyCertSign'),
  'an intermediate without basic constraints': () => withAuthority('keyUsage=critical,keyCertSign'),
  'an intermediate of version 1': () => withAuthority(''),
  'a server certificate as an intermediate': () => withAuthority(profile.leaf),
  'an intermediate that may not sign certificates': () => withAuthority(profile.ca.replace('keyCertSign,', '')),
  'an intermediate for clients alone': () => withAuthority(`${profile.ca}\nextendedKeyUsage=clientAuth`),
  'an unknown critical extension in the intermediate': () => withAuthority(`${profile.ca}\n1.2.3.4.5=critical,DER:0500`),
  'basic constraints twice in the intermediate': () => {
    const once = authority(`${profile.ca}\n2.5.29.119=DER:30030101ff`);
    const middle = shop.altered(once, anchor, identifier(119), identifier(19));
    return [server(middle), middle];
  },
  'an intermediate that permits another name': () => withAuthority(`${profile.ca}\nnameConstraints=critical,permitted;DNS:example.org`),
  'an intermediate that excludes the name': () => withAuthority(`${profile.ca}\nnameConstraints=critical,excluded;DNS:localhost`),
  'an intermediate with a name constraint that nobody knows': () => withAuthority(`${profile.ca}\n2.5.29.30=critical,DER:30030a0100`),
  'an intermediate signed with SHA-1': () => withAuthority(profile.ca, { digest: 'sha1' }),
  'an intermediate with a small RSA key': () => {
    const middle = shop.openssl({ subject: 'Small', key: shop.rsa('small', 1024), issuer: anchor, extensions: profile.ca });
    return [server(middle), middle];
  },
  'a path length that is exceeded': () => {
    const first = authority(profile.ca.replace('CA:TRUE', 'CA:TRUE,pathlen:0'));
    const second = authority(profile.ca, { issuer: first, key: 'second', subject: 'Second' });
    return [server(second), second, first];
  },
  'an intermediate that has expired (GnuTLS)': () => byGnutls(['expiration_date = "2020-01-02"', 'activation_date = "2020-01-01"']),
  'an intermediate that is not valid yet (GnuTLS)': () => byGnutls(['activation_date = "2090-01-01"', 'expiration_date = "2091-01-01"']),
  'an intermediate with a path length of nought over another (GnuTLS)': () => {
    const first = gnutlsCa(['path_len = 0']);
    const second = gnutlsCa([], { issuer: first, key: 'second', subject: 'Second' });
    return [gnutlsServer(second, []), second, first];
  },
  'an intermediate that permits another domain (GnuTLS)': () => byGnutls(['nc_permit_dns = "example.org"']),
  'an intermediate that excludes the domain (GnuTLS)': () => byGnutls(['nc_exclude_dns = "localhost"']),
  'an intermediate with an unknown critical extension (GnuTLS)': () => byGnutls(['add_critical_extension = "1.2.3.4.5 0x0500"']),
  'an intermediate for signing code (GnuTLS)': () => byGnutls(['code_signing_key']),
  'a turned bit in the signature of the intermediate': () => {
    const middle = authority();
    return [server(middle), shop.flipped(middle)];
  },
  'no intermediate': () => [server(authority())],
  'an intermediate of the right name with another key': () => {
    const middle = authority();
    return [server(middle), authority(profile.ca, { key: 'other' })];
  },
  'an intermediate with the name of the root, and another key': () => {
    const false_ = shop.openssl({ subject: 'Root', key: shop.key('other'), extensions: profile.ca });
    return [server(false_), false_];
  },
  'a circle of cross-signatures that never meets the root': () => {
    const a = shop.openssl({ subject: 'A', key: shop.key('a'), extensions: profile.ca });
    const b = shop.openssl({ subject: 'B', key: shop.key('b'), extensions: profile.ca });
    const aByB = authority(profile.ca, { key: 'a', subject: 'A', issuer: b });
    const bByA = authority(profile.ca, { key: 'b', subject: 'B', issuer: a });
    return [server(aByB), aByB, bByA];
  },
  'a chain longer than any that is needed': () => {
    const chain = [];
    let issuer = anchor;
    for (let i = 0; i < 120; ++i) {
      issuer = authority(profile.ca, { issuer, key: 'intermediate', subject: `Number ${i}` });
      chain.unshift(issuer);
    }
    return [server(issuer), ...chain];
  },
  'a certificate that signs itself': () => [shop.openssl({ subject: 'localhost', key: shop.key('server'), extensions: profile.leaf })],
  'a root that nobody trusts': () => {
    const root = shop.openssl({ subject: 'Another root', key: shop.key('other'), extensions: profile.ca });
    return [server(root), root];
  },
  'a name that is signed, but by another key': () => {
    const impostor = shop.openssl({ subject: 'Root', key: shop.key('other'), extensions: profile.ca });
    return [server(impostor)];
  },
  'a turned bit in the signature': () => [shop.flipped(server(anchor))],
  'a certificate for clients': () => [server(anchor, profile.leaf.replace('serverAuth', 'clientAuth'))],
  'a certificate for signing code': () => [server(anchor, profile.leaf.replace('serverAuth', 'codeSigning'))],
  'a key that may only sign certificates': () => [server(anchor, profile.leaf.replace('digitalSignature', 'keyCertSign'))],
  'an unknown critical extension': () => [server(anchor, `${profile.leaf}\n1.2.3.4.5=critical,DER:0500`)],
  'an unknown critical extension (GnuTLS)': () => [gnutlsServer(anchor, ['add_critical_extension = "1.2.3.4.5 0x0500"'])],
  'alternative names twice': () => {
    const once = server(anchor, `${profile.leaf}\n2.5.29.119=DER:300b82096c6f63616c686f7374`);
    return [shop.altered(once, anchor, identifier(119), identifier(17))];
  },
  'a key identifier of another issuer': () => {
    const stranger = shop.openssl({ subject: 'Root', key: shop.key('other'), extensions: profile.ca });
    const theirs = server(stranger, `${profile.leaf}\nauthorityKeyIdentifier=keyid:always`);
    return [theirs];
  },
  'a certificate that has expired (GnuTLS)': () => [gnutlsServer(anchor, ['activation_date = "2020-01-01"', 'expiration_date = "2020-01-02"'])],
  'a certificate that is not valid yet (GnuTLS)': () => [gnutlsServer(anchor, ['activation_date = "2090-01-01"', 'expiration_date = "2091-01-01"'])],
  'a certificate signed with SHA-1': () => [server(anchor, profile.leaf, { digest: 'sha1' })],
  'a small RSA key': () => [server(anchor, profile.leaf, { key: shop.rsa('small', 1024) })],
  'another host': () => [server(anchor, named('DNS:example.org'))],
  'the host in the common name, and another as its name': () => [server(anchor, named('DNS:example.org'), { subject: 'localhost' })],
  'the host as an address alone': () => [server(anchor, named('IP:127.0.0.1'))],
  'the host as a URI': () => [server(anchor, named('URI:https://localhost/'))],
  'a wildcard within the label': () => [server(anchor, named('DNS:local*'))],
  'a wildcard for everything': () => [server(anchor, named('DNS:*'))],
  'a name with a zero byte after the host': () => [server(anchor, 'extendedKeyUsage=serverAuth\n2.5.29.17=DER:30158213' + Buffer.from('localhost\0.evil.org').toString('hex'))],
  'a host under the host': () => [server(anchor, named('DNS:www.localhost'))],
};

function withAuthority(extensions, options) {
  const middle = authority(extensions, options);
  return [server(middle), middle];
}

function byGnutls(template) {
  const middle = gnutlsCa(template);
  return [gnutlsServer(middle, []), middle];
}

for (const [what, chain] of Object.entries(good)) {
  test(`our programs believe a server with ${what}`, async (t) => {
    const { requests, stderr } = await logIn(t, chain());
    assert.equal(requests, 1, stderr);
    assert.match(stderr, /the server said 401/);
  });
}

for (const [what, chain] of Object.entries(bad)) {
  test(`our programs tell no secret to a server with ${what}`, async (t) => {
    const { status, requests, stderr } = await logIn(t, chain());
    assert.equal(requests, 0, 'the request was sent');
    assert.notEqual(status, 0);
    assert.match(stderr, /certificate|alert|key too small|too weak|excessive message size/i);
  });
}

test('an anchor that is wrong itself vouches for nobody', async (t) => {
  const anchors = {
    'has expired': shop.gnutls({ subject: 'Old', key: shop.key('root'), template: ['ca', 'cert_signing_key', 'activation_date = "2020-01-01"', 'expiration_date = "2020-01-02"'] }),
    'has an unknown critical extension': shop.openssl({ subject: 'Odd', key: shop.key('root'), extensions: `${profile.ca}\n1.2.3.4.5=critical,DER:0500` }),
    'is no authority': shop.openssl({ subject: 'None', key: shop.key('root'), extensions: 'basicConstraints=CA:FALSE' }),
  };
  for (const [what, root] of Object.entries(anchors)) {
    const { requests, status } = await logIn(t, [server(root)], root);
    assert.equal(requests, 0, what);
    assert.notEqual(status, 0, what);
  }
});

// The thief has the device authority's key, so that every chain of theirs leads to it.
let thief;
let instance;
let board;
before(async () => {
  thief = instanceOfThief();
  instance = await Instance.start(file, { directory: thief.directory });
  board = await enrol(instance, await client(instance, await instance.init()), { name: 'orchard' });
});
after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));

const stolen = () => ({ file: thief.certificate, key: thief.key });
const asBoard = ({ file: certificate, key }, others = []) => {
  const whole = [certificate, ...others.map((each) => each.file)].map((each) => fs.readFileSync(each, 'utf8')).join('');
  return { ...board, key, certificate: shop.file(`presented-${path.basename(certificate)}`, whole) };
};
const forged = (name, extensions) => forge(thief, board, name, '-extfile', shop.file(`${name}.cnf`, `${extensions}\n`));
const device = 'basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid';

const forgeries = {
  'a leaf like a board\'s': () => forged('plain', device),
  'a leaf that is an authority': () => forged('ca', 'basicConstraints=critical,CA:TRUE'),
  'a leaf with an unknown critical extension': () => forged('critical', `${device}\n1.2.3.4.5=critical,DER:0500`),
  'a leaf with a repeated extension': () => {
    const once = shop.openssl({ subject: board.id, key: board.key, issuer: stolen(), extensions: `${device}\n2.5.29.119=DER:3000` });
    return asBoard(shop.altered(once, stolen(), identifier(119), identifier(19)));
  },
  'a leaf for servers': () => forged('servers', `${device}\nextendedKeyUsage=serverAuth`),
  'a leaf without a name': () => asBoard(shop.openssl({ subject: ' ', key: board.key, issuer: stolen(), extensions: device })),
  'a leaf signed with SHA-384': () => asBoard(shop.openssl({ subject: board.id, key: board.key, issuer: stolen(), extensions: device, digest: 'sha384' })),
  'a leaf that has expired': () =>
    asBoard(shop.gnutls({ subject: board.id, key: board.key, issuer: stolen(), template: ['activation_date = "2020-01-01"', 'expiration_date = "2020-01-02"'] })),
  'a leaf that is not valid yet': () =>
    asBoard(shop.gnutls({ subject: board.id, key: board.key, issuer: stolen(), template: ['activation_date = "2090-01-01"', 'expiration_date = "2091-01-01"'] })),
  'a leaf of an RSA key': () => asBoard(shop.openssl({ subject: board.id, key: shop.rsa('rsa', 2048), issuer: stolen(), extensions: device })),
  'a leaf of another key for the board\'s name': () => asBoard(shop.openssl({ subject: board.id, key: shop.key('thief'), issuer: stolen(), extensions: device })),
  'an authority under the stolen one': () => {
    const middle = shop.openssl({ subject: 'Arduino', key: shop.key('under'), issuer: stolen(), extensions: profile.ca });
    return asBoard(shop.openssl({ subject: board.id, key: board.key, issuer: middle, extensions: device }), [middle]);
  },
  'an authority under the stolen one, without the CA bit': () => {
    const middle = shop.openssl({ subject: 'Arduino', key: shop.key('under'), issuer: stolen(), extensions: device });
    return asBoard(shop.openssl({ subject: board.id, key: board.key, issuer: middle, extensions: device }), [middle]);
  },
  'the authority\'s own certificate': () => asBoard(stolen()),
  'an authority of the same name with another key': () => {
    const other = shop.openssl({ subject: 'Arduino', key: shop.key('other'), extensions: profile.ca });
    return asBoard(shop.openssl({ subject: board.id, key: board.key, issuer: other, extensions: device }), [other]);
  },
  'a leaf that signs itself': () => asBoard(shop.openssl({ subject: board.id, key: board.key, extensions: device })),
  'the board\'s leaf with a turned bit': () => asBoard(shop.flipped({ pem: fs.readFileSync(board.certificate, 'utf8'), key: board.key })),
};

for (const [what, make] of Object.entries(forgeries)) {
  test(`the gateway admits nobody with ${what}`, async () => {
    await assert.rejects(connect(instance, make()));
  });
}

test('what a board shows beside its leaf neither helps nor hurts', async () => {
  const others = [anchor, shop.openssl({ subject: 'Stranger', key: shop.key('other'), extensions: profile.ca })];
  const session = await connect(instance, asBoard({ file: board.certificate, key: board.key }, others));
  session.end(true);
});
