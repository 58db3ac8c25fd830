#pragma once

#include <chrono>

namespace fastness::net {

// Has the kernel find out whether the peer of a TCP socket is still there, for whoever hears of
// nothing by himself: after half of `patience` in silence it is asked, and a peer that has answered
// nothing for all of it, neither questions nor what we sent, is lost: the socket reports an error.
// A peer that sleeps is woken by that, so it is for those who promised no sign of life. False if
// the socket takes no such wish.
bool watch_peer(int descriptor, std::chrono::seconds patience);

}  // namespace fastness::net
