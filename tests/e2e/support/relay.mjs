// The network between a client and an instance: a port that stays when the instance comes back on another, and a wire
// that can be cut.
import { once } from 'node:events';
import net from 'node:net';

export class Relay {
  #server;
  #sockets = new Set();

  /** A port that leads to the instance's listener of that name, wherever it serves at the time; gone when the test ends. */
  static async start(test, instance, listener) {
    const relay = new Relay();
    relay.#server = net.createServer((caller) => {
      if (!instance.listeners) return caller.destroy(); // it is not up yet
      relay.#join(caller, net.connect(instance.port(listener), '127.0.0.1'));
    });
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    test.after(() => {
      relay.#server.close();
      relay.cut();
    });
    return relay;
  }

  get port() {
    return this.#server.address().port;
  }

  /** Ends every connection at once. What was on its way is lost. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(...ends) {
    for (const [end, other] of [ends, ends.toReversed()]) {
      this.#sockets.add(end);
      end.on('error', () => {}); // such as nobody listening there
      end.once('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }
}
