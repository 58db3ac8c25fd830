// What the generator can do to a broker. Each prints its marks and closes its connections.
#pragma once

#include "options.h"

namespace fastness::load {

// fan-in, fan-out, pairs: counted messages, as fast as they are taken or at a fixed rate.
void run_traffic(const Options& options);
// Connections with a subscription each that do nothing.
void run_idle(const Options& options);
// Connections that close as soon as they stand: with full handshakes, then with tickets.
void run_connect(const Options& options);
// Connections that all go at once and all call again at once: with full handshakes, then with
// tickets.
void run_storm(const Options& options);
// Retained messages: stored, then sent to one who subscribes.
void run_retained(const Options& options);
// Many filters: publishes that miss at the root, miss at the leaf, and match.
void run_match(const Options& options);
// Connections that publish while their authority is given up: renewed by EST, and back.
void run_rotation(const Options& options);

}  // namespace fastness::load
