/** A small file in the MaxMind DB format (version 2.0) that says where networks of IPv4 are. */

const control = (type, size) => (type > 7 ? Buffer.from([size, type - 7]) : Buffer.from([(type << 5) | size]));
const text = (value) => Buffer.concat([control(2, value.length), Buffer.from(value)]);
const map = (members) => Buffer.concat([control(7, Object.keys(members).length), ...Object.entries(members).flatMap(([name, value]) => [text(name), value])]);

function unsigned(type, bytes, value) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(value));
  return Buffer.concat([control(type, bytes), number.subarray(8 - bytes)]);
}

function double(value) {
  const number = Buffer.alloc(8);
  number.writeDoubleBE(value);
  return Buffer.concat([control(3, 8), number]);
}

/** `places`: {'127.0.7.0/24': [latitude, longitude]}. */
export function placeFile(places) {
  const nodes = [[null, null]];
  const records = [];
  let size = 0;
  for (const [network, [latitude, longitude]] of Object.entries(places)) {
    const [address, length] = network.split('/');
    const bits = address.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0')).join('').slice(0, Number(length));
    let node = 0;
    for (const bit of bits.slice(0, -1)) {
      nodes[node][bit] ??= nodes.push([null, null]) - 1;
      node = nodes[node][bit];
    }
    nodes[node][bits.at(-1)] = { data: size };
    records.push(map({ location: map({ latitude: double(latitude), longitude: double(longitude) }) }));
    size += records.at(-1).length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.flat().forEach((record, index) => {
    // 16 bytes of nought lie between the tree and the data.
    const value = record === null ? nodes.length : typeof record === 'object' ? nodes.length + 16 + record.data : record;
    tree.writeUIntBE(value, index * 3, 3);
  });
  const metadata = map({
    node_count: unsigned(6, 4, nodes.length), record_size: unsigned(5, 2, 24), ip_version: unsigned(5, 2, 4), database_type: text('Test-City'),
    languages: Buffer.concat([control(11, 1), text('en')]), binary_format_major_version: unsigned(5, 2, 2), binary_format_minor_version: unsigned(5, 2, 0),
    build_epoch: unsigned(9, 8, 1_700_000_000), description: map({ en: text('Places of a test') }),
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...records, Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com'), metadata]);
}
